package ops

import (
	"strings"

	"cloudpc-bot/bot/words"
)

// aboutReprovision is Microsoft's page on what a reprovision does, for people who decide on one.
const aboutReprovision = "https://learn.microsoft.com/windows-365/enterprise/reprovision-cloud-pc"

// links are the pages that cards lead to, in the cloud of a Graph. Microsoft documents no address of one
// machine in Intune, and the one in use dies with the device's id when it is erased.
func links(graphURL string) words.Links {
	l := words.Links{Intune: "https://intune.microsoft.com", WindowsApp: "https://windows.cloud.microsoft", About: aboutReprovision}
	if strings.Contains(graphURL, "graph.microsoft.us") {
		l = words.Links{Intune: "https://intune.microsoft.us", WindowsApp: "https://windows.cloud.microsoft.us", About: aboutReprovision}
	}
	return l
}
