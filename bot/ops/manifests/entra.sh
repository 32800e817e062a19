#!/bin/sh
# The app registration in Entra as which cloudpc-bot calls Microsoft Graph, printed by cloudpc-bot
# manifest entra. Read it, sign in (az login) as a Privileged Role Administrator, and run it once.
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
{{if .ClientID}}
# The app that AZURE_CLIENT_ID names; add its service principal yourself if it has none (az ad sp create).
app={{shellQuote .ClientID}}
{{- else}}
# The app, for accounts of this tenant alone, and its service principal, which is what permissions are given to.
app=$(az ad app create --display-name cloudpc-bot --sign-in-audience AzureADMyOrg --query appId --output tsv)
az ad sp create --id "$app" --output none
{{- end}}

# Ask for the permission, and consent to it for the tenant. Entra may need a moment to know a new app:
# if consent fails, run this last command again.
az ad app permission add --id "$app" --api "$graph" --api-permissions "$role=Role"
az ad app permission admin-consent --id "$app"

echo "AZURE_TENANT_ID=$(az account show --query tenantId --output tsv)"
echo "AZURE_CLIENT_ID=$app"
if [ -n "${ISSUER:-}" ]; then
  az ad app federated-credential create --id "$app" --output none --parameters '{
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
