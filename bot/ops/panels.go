package ops

// panel is one picture on the dashboard.
type panel struct {
	title, about string
	kind         string // stat or timeseries
	unit         string // Grafana's id of a unit; empty = a number
	queries      []query
}

// query is what Prometheus is asked for, and what the answer is called; {{x}} is the value of a label.
type query struct{ expr, legend string }

// quantiles are the median and the slowest tenth of a histogram within a window; by is a further label, or empty.
func quantiles(metric, by, window string) []query {
	group, legend := "le", ""
	if by != "" {
		group, legend = "le, "+by, " of {{"+by+"}}"
	}
	of := func(q string) string {
		return "histogram_quantile(" + q + ", sum by (" + group + ") (rate(" + metric + "_bucket[" + window + "])))"
	}
	return []query{{of("0.5"), "half" + legend}, {of("0.9"), "nine of ten" + legend}}
}

// panels are the pictures of the dashboard, in rows of as many as fit: four stats, or two timeseries.
// What the ledger knows is the same in all replicas, so it is the maximum; what a process counts is added up.
var panels = []panel{
	{"Ready", "1 = every part of every replica is well; /readyz names one that is not.", "stat", "", []query{{"min(cloudpcbot_ready)", ""}}},
	{"Frozen", "1 = the brakes are on, and nothing is erased.", "stat", "", []query{{"max(cloudpcbot_frozen)", ""}}},
	{"Unconfirmed", "Requests of which nobody knows whether Graph acted.", "stat", "", []query{{`max(cloudpcbot_live_requests{state="unconfirmed"})`, ""}}},
	{"Erased past the bot, 24 h", "By the tenant's audit. own_application: somebody else holds the bot's credential.", "stat", "",
		[]query{{"sum by (actor) (increase(cloudpcbot_outside_erases_total[24h]))", "{{actor}}"}}},

	{"Open requests", "By state.", "timeseries", "", []query{{"max by (state) (cloudpcbot_live_requests)", "{{state}}"}}},
	{"Ended requests in an hour", "By state, and failed ones by how they failed.", "timeseries", "",
		[]query{{`sum by (state, outcome) (increase(cloudpcbot_request_state_changes_total{state=~"succeeded|failed|refused|denied|cancelled|expired|voided"}[1h]))`, "{{state}} {{outcome}}"}}},
	{"Time to approval", "From the command to the last approval that was needed.", "timeseries", "s", quantiles("cloudpcbot_time_to_approval_seconds", "", "1d")},
	{"Time to ready", "From the beginning of a reprovision until its machine was ready.", "timeseries", "s", quantiles("cloudpcbot_time_to_ready_seconds", "", "1d")},

	{"Queue", "Jobs that are due: step is the next step of a request; the others are what people are told, and periodic work.", "timeseries", "",
		[]query{{"max by (kind) (cloudpcbot_queue_jobs)", "{{kind}}"}}},
	{"Age of the queue", "For how long the job that is longest overdue has been due.", "timeseries", "s",
		[]query{{"max by (kind) (cloudpcbot_queue_oldest_seconds)", "{{kind}}"}}},
	{"Acknowledgements", "Time from the arrival of an interaction to its acknowledgement; Slack waits 3 s.", "timeseries", "s",
		quantiles("cloudpcbot_slack_ack_seconds", "type", "$__rate_interval")},
	{"Not acknowledged", "Interactions to which Slack showed a warning.", "timeseries", "",
		[]query{{"sum by (type) (increase(cloudpcbot_slack_unacknowledged_total[$__rate_interval]))", "{{type}}"}}},

	{"Calls of Slack", "Per second. refused: Slack answered ok: false; none: no answer.", "timeseries", "reqps",
		[]query{{"sum by (method, status) (rate(cloudpcbot_slack_calls_total[$__rate_interval]))", "{{method}} {{status}}"}}},
	{"Calls of Microsoft Graph", "Per second. none: no answer.", "timeseries", "reqps",
		[]query{{"sum by (method, status) (rate(cloudpcbot_graph_calls_total[$__rate_interval]))", "{{method}} {{status}}"}}},
	{"Cooldowns", "For how long a service asked to be left alone still, and how often it asked.", "timeseries", "s", []query{
		{"max by (service) (cloudpcbot_cooldown_remaining_seconds)", "{{service}}"},
		{"sum by (service) (increase(cloudpcbot_cooldowns_total[$__rate_interval]))", "asked by {{service}}"},
	}},
	{"Sockets", "Slack delivers to any socket of the app; a foreign one is another ledger's.", "timeseries", "", []query{
		{"sum(cloudpcbot_slack_open_sockets)", "of all replicas"}, {"max(cloudpcbot_slack_app_sockets)", "of the app"}, {"max(cloudpcbot_slack_foreign_sockets)", "foreign"},
	}},
	{"Reconnects", "Sockets that were replaced, by why; Slack replaces each every few hours.", "timeseries", "",
		[]query{{"sum by (reason) (increase(cloudpcbot_slack_reconnects_total[$__rate_interval]))", "{{reason}}"}}},
	{"Lost claims", "Jobs that somebody else had gone on with. Few are normal where replicas share a ledger.", "timeseries", "",
		[]query{{"sum by (kind) (increase(cloudpcbot_lost_claims_total[$__rate_interval]))", "{{kind}}"}}},
	{"Parts", "What /readyz says of each part; 1 = it is well.", "timeseries", "", []query{{"min by (part) (cloudpcbot_part_ready)", "{{part}}"}}},
	{"Sign-ins of self-service", "In an hour, by how they ended; expired may mean that Conditional Access stops people in the browser.", "timeseries", "",
		[]query{{"sum by (outcome) (increase(cloudpcbot_sign_ins_total[1h]))", "{{outcome}}"}}},
	{"Memory", "By replica.", "timeseries", "bytes", []query{{"process_resident_memory_bytes * on (instance, job) group_left (version) cloudpcbot_build_info", "{{instance}} {{version}}"}}},
}
