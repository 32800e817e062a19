package cli

// What --help says besides the list of words. go/doc sets it: a paragraph is reflowed, and a line
// that is indented stays as it is.
const (
	about = `cloudpc-bot reprovisions Windows 365 Cloud PCs from Slack, once the right people agree.

Without a command it runs the bot, configured by environment variables. If they are wrong or missing, it
does not start, and says what each has to be and where to find such a value. SIGTERM and SIGINT stop it: it
finishes what it has begun, within 10 seconds.

A new version brings the ledger's schema up to date when it starts; back the ledger up before. To go back, stop
every replica, put that backup back, and start the former version with START_FROZEN=true: what was erased since is
missing in it, so look at the machines of approved requests before /reprovision unfreeze.

Exit status:

    0  it was asked to stop, or is done
    1  it failed; the last line says why
    2  the configuration or the command line is wrong
    3  audit: the ledger is not as it was written`

	aboutDemo = `It runs the real bot between a Slack and a Microsoft Graph that it plays itself, and opens a page in the
browser on which one can ask, approve, kill the bot and make trouble. It changes nothing anywhere: variables that
configure a real bot are ignored, and nothing is left behind. The page is for a browser on this machine alone.`

	aboutDoctor = `It prints a line for each finding: ok, warn or fail, and what to do about it. It may run beside the
bot, and before its first start: it receives nothing in the bot's place and changes nothing.

Exit status: 0 nothing fails, 1 something does, 2 the command line is wrong.`

	aboutManifest = `It prints to standard output and changes nothing. It is made for the configuration in the
environment: set what you know already, and what is missing has a comment that says what to put there. The
values of secrets are never printed.`

	aboutSlackManifest = `Paste it at api.slack.com/apps, Create New App, From a manifest. It asks for the scopes that this
configuration needs, each with its reason: without a user group in ADMINS or REQUESTERS none to read groups. If
ADMINS and ADMINS_FILE are not set, it asks for all that any configuration needs. Paste it again under App
Manifest, and reinstall the app, if the lists get their first group.`

	aboutKubernetesManifest = `With a SQLite ledger, which is the default, it is one replica with a volume; with a DATABASE_URL of
PostgreSQL, two replicas without one. Settings that are set are taken over. Secrets are referred to by the name
of a Secret, and its first lines say how to make that. Lists in files become a ConfigMap, which may be edited
while the bot runs. Unless AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH is set, the bot proves itself to
Entra by workload identity, without a secret.`

	aboutComposeManifest = `Secrets are files, and its first lines say how to make them. Settings that are set are taken over.
Unless AZURE_CLIENT_SECRET is set, the bot proves itself to Entra by a certificate, because that can be a file.`

	aboutEntraManifest = `It is a shell script to read and to run once: the app and its service principal, the application
permission CloudPC.ReadWrite.All with admin consent, and a federated credential or a secret. With AZURE_CLIENT_ID
it does the same for an app that exists.`

	aboutGrafanaManifest = `Import it in Grafana under Dashboards, New, Import, and choose the Prometheus that scrapes /metrics of
every replica, at HTTP_ADDR. It is JSON, and the same for every configuration. Its alert rules are apart, because
Prometheus reads those:

    cloudpc-bot manifest grafana > dashboard.json
    cloudpc-bot manifest alerts > cloudpc-bot.rules.yaml`

	aboutAlertsManifest = `Name the file under rule_files in prometheus.yml. It tells when the bot is not ready or gone, when work in
the queue is old, when nobody knows whether Graph acted on a request, when a machine was erased past the bot, and
when another process holds sockets of its Slack app, or the app too many of them. Each says what to do. It is the
same for every configuration; the dashboard to it is cloudpc-bot manifest grafana.`

	aboutHealth = `It is for a container's health check, in an image that has no other program. It asks /healthz at
HTTP_ADDR, on this machine, and prints what /readyz says too. Only /healthz decides: a restart does not help
against a Slack that is down.

Exit status: 0 the bot answers that it is well, 1 it does not, 2 HTTP_ADDR is off or wrong.`

	aboutVersion = `It is the version that was given to the build, or else the module's version or the commit that the
go command recorded, and the version of Go.`
)
