#!/bin/sh
# The app registration in Entra as which cloudpc-bot calls Microsoft Graph, printed by cloudpc-bot
# manifest entra. Read it, sign in (az login) as a Privileged Role Administrator, and run it: sh entra.sh
#
# It may be run again, as after a failure: with AZURE_CLIENT_ID{{if .SelfService}} and SELF_SERVICE_CLIENT_ID{{end}} set to what it has made (it prints that
# first), it makes no second one. With CREDENTIAL=keep the app gets no other credential than it has.
#
# Set ISSUER if the bot runs where a token is issued to it, as on Kubernetes. Then there is no secret that
# could be stolen or expire:
#
#   ISSUER=$(az aks show --resource-group … --name … --query oidcIssuerProfile.issuerUrl --output tsv) sh entra.sh
#
# SUBJECT is then who the token is issued to, unless it is the service account cloudpc-bot of the namespace
# default. Without ISSUER, set CERTIFICATE to the file of a certificate whose key the bot has. Without
# both, the app gets a secret for one year, which is printed once.
set -eu
{{- if .Government}}
az cloud set --name AzureUSGovernment
{{- end}}

# Microsoft Graph itself, and its application permission CloudPC.ReadWrite.All: to reprovision, and to look at
# the Cloud PC before and after. Nothing narrower exists; it reaches every Cloud PC of the tenant. The ids are
# the same in every tenant (learn.microsoft.com/graph/permissions-reference), which is checked here.
graph=00000003-0000-0000-c000-000000000000
role=3b4349e1-8cf5-45a3-95b7-69d1751d3e6a
found=$(az ad sp show --id "$graph" --query "appRoles[?value=='CloudPC.ReadWrite.All'].id" --output tsv)
[ "$found" = "$role" ] || { echo "Graph of this tenant has another CloudPC.ReadWrite.All: $found" >&2; exit 1; }

# The app, for accounts of this tenant alone, and its service principal, which is what permissions are given to.
app=${AZURE_CLIENT_ID:-{{shellQuote .ClientID}}}
[ -n "$app" ] || app=$(az ad app create --display-name cloudpc-bot --sign-in-audience AzureADMyOrg --query appId --output tsv)
echo "AZURE_TENANT_ID=$(az account show --query tenantId --output tsv)"
echo "AZURE_CLIENT_ID=$app"

# again runs a command until Entra knows a new app everywhere, which takes it a moment.
again() {
  for try in 1 2 3 4 5 6; do
    "$@" && return
    sleep "${PAUSE:-10}"
  done
  echo "Entra has refused this six times; run the script again with AZURE_CLIENT_ID=$app{{if .SelfService}}${own:+ SELF_SERVICE_CLIENT_ID=$own}{{end}}" >&2
  exit 1
}
principal() { az ad sp show --id "$1" --query id --output tsv 2>/dev/null; }
[ -n "$(principal "$app")" ] || again az ad sp create --id "$app" --output none

# Ask for the permission, so that the portal shows it, and consent to it for the tenant: an application permission is
# granted by assigning its role (learn.microsoft.com/graph/api/serviceprincipal-post-approleassignments), in every cloud.
again az ad app permission add --id "$app" --api "$graph" --api-permissions "$role=Role" --output none
sp=$(principal "$app")
v1={{if .Government}}https://graph.microsoft.us{{else}}https://graph.microsoft.com{{end}}/v1.0
grants=$v1/servicePrincipals/$sp/appRoleAssignments
consent() {
  [ -z "$(az rest --method GET --url "$grants" --query "value[?appRoleId=='$role'].id" --output tsv)" ] || return 0
  az rest --method POST --url "$grants" --output none --headers Content-Type=application/json \
    --body '{"principalId": "'"$sp"'", "resourceId": "'"$(az ad sp show --id "$graph" --query id --output tsv)"'", "appRoleId": "'"$role"'"}'
}
again consent
{{- if .SelfService}}

# The app of SELF_SERVICE, with which people sign in for their own Cloud PC: a second one, so that what the bot may do
# is out of their reach. It is a public client, since a device code is used without a secret, and has no address to
# which a browser could be sent. Its one permission is delegated: it lets people do what they may do themselves.
scope=9d77138f-f0e2-47ba-ab33-cd246c8b79d1
found=$(az ad sp show --id "$graph" --query "oauth2PermissionScopes[?value=='CloudPC.ReadWrite.All'].id" --output tsv)
[ "$found" = "$scope" ] || { echo "Graph of this tenant has another delegated CloudPC.ReadWrite.All: $found" >&2; exit 1; }
own=${SELF_SERVICE_CLIENT_ID:-{{shellQuote .SelfServiceClientID}}}
[ "$own" != "$app" ] || { echo "SELF_SERVICE_CLIENT_ID is the bot's own app: people need another" >&2; exit 1; }
[ -n "$own" ] || own=$(az ad app create --display-name "cloudpc-bot self-service" --sign-in-audience AzureADMyOrg --query appId --output tsv)
echo "SELF_SERVICE_CLIENT_ID=$own"
again az ad app update --id "$own" --is-fallback-public-client true --output none
[ -n "$(principal "$own")" ] || again az ad sp create --id "$own" --output none

# Ask for it, and consent to it for everybody in the tenant, since only an admin can: a grant for all principals, or the
# one that there is with one scope more (learn.microsoft.com/graph/api/oauth2permissiongrant-post).
again az ad app permission add --id "$own" --api "$graph" --api-permissions "$scope=Scope" --output none
people=$(principal "$own")
resource=$(az ad sp show --id "$graph" --query id --output tsv)
granted() {
  az rest --method GET --url "$v1/servicePrincipals/$people/oauth2PermissionGrants" --query "value[?consentType=='AllPrincipals' && resourceId=='$resource'].$1" --output tsv
}
delegate() {
  id=$(granted id) && scopes=$(granted scope) || return
  case " $scopes " in *" CloudPC.ReadWrite.All "*) return 0 ;; esac
  if [ -n "$id" ]; then
    az rest --method PATCH --url "$v1/oauth2PermissionGrants/$id" --output none --headers Content-Type=application/json \
      --body '{"scope": "'"$scopes"' CloudPC.ReadWrite.All"}'
  else
    az rest --method POST --url "$v1/oauth2PermissionGrants" --output none --headers Content-Type=application/json \
      --body '{"clientId": "'"$people"'", "consentType": "AllPrincipals", "resourceId": "'"$resource"'", "scope": "CloudPC.ReadWrite.All"}'
  fi
}
again delegate
{{- end}}

if [ "${CREDENTIAL:-}" = keep ]; then
  :
elif [ -n "${ISSUER:-}" ]; then
  [ -n "$(az ad app federated-credential list --id "$app" --query "[?name=='cloudpc-bot'].name" --output tsv)" ] || az ad app federated-credential create --id "$app" --output none --parameters '{
    "name": "cloudpc-bot",
    "issuer": "'"$ISSUER"'",
    "subject": "'"${SUBJECT:-system:serviceaccount:default:cloudpc-bot}"'",
    "audiences": ["api://AzureADTokenExchange{{if .Government}}USGov{{end}}"]
  }'
elif [ -n "${CERTIFICATE:-}" ]; then
  az ad app credential reset --id "$app" --append --cert "@$CERTIFICATE" --output none
else
  echo "AZURE_CLIENT_SECRET=$(az ad app credential reset --id "$app" --append --display-name cloudpc-bot --years 1 --query password --output tsv)"
fi
