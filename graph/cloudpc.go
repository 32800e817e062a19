package graph

import (
	"fmt"
	"strings"
	"time"
)

// CloudPC is one Windows 365 machine as Graph showed it at one moment. Only ID identifies
// it; names, devices and user are for display, and some of them change with every
// reprovision. A field that Graph left empty, or filled with something unreadable, is
// empty; an all-zero id counts as empty. Statuses, types and states are spelled as in this
// package, whatever case Graph used. Ids and names keep Graph's case: compare them without
// regard to case.
//
// The fields are those of Graph's resource cloudPC in v1.0 and, from Status on, in beta
// (learn.microsoft.com/graph/api/resources/cloudpc).
type CloudPC struct {
	ID                string
	Name              string // display name; admins can change it
	DeviceName        string // Windows computer name; changes with a reprovision
	ManagedDeviceID   string // Intune's device id; new with every reprovision
	AADDeviceID       string // Entra's device id; new with every reprovision
	UserPrincipalName string // empty if the machine is shared
	PolicyID          string
	PolicyName        string
	PlanID            string
	PlanName          string
	Image             string
	Connection        string    // Azure network connection; empty = Microsoft's network
	ProvisioningType  string    // dedicated, sharedByUser, sharedByEntraGroup, …; see Shared
	GraceEnd          time.Time // zero = not in a grace period
	LastModified      time.Time // of the machine, by anybody or anything; zero = not said

	Beta bool // the fields below come from beta and are filled; v1.0 has none of them

	Status       Status
	StatusDetail Detail
	PowerState   string       // running, poweredOff; frontline only
	Provisioned  time.Time    // set by the first provisioning and by every reprovision
	LastAction   RemoteAction // zero = no action known

	OSVersion       string // windows10, windows11: what it was built with, which may not be what was requested
	UserAccountType string // standardUser, administrator: likewise
	GroupName       string // display name of the group that shares it; empty = no group named

	// Connectivity is available, availableWithWarning, unavailable, unknown, inUse,
	// underServiceMaintenance, or empty. Of a machine that belongs to one person it may lag:
	// [Client.Usage] knows better whether somebody uses it.
	Connectivity string
	LastSignIn   time.Time // zero = not known, or never
}

// kinds are the known provisioning types; see ProvisioningType.
var kinds = []string{"dedicated", "shared", "sharedByUser", "sharedByEntraGroup", "reserve"}

// links are the known states of a connection (learn.microsoft.com/graph/api/resources/cloudpcconnectivityresult,
// in beta); the last two come only with the Prefer header.
var links = []string{"available", "availableWithWarning", "unavailable", "unknown", "inUse", "underServiceMaintenance"}

// Shared reports whether the Cloud PC belongs to no single person. A Frontline machine in
// dedicated mode (sharedByUser) does belong to one: only its licence is shared
// (learn.microsoft.com/graph/api/resources/cloudpc, cloudPcProvisioningType).
func (pc CloudPC) Shared() bool {
	return strings.EqualFold(pc.ProvisioningType, "shared") || strings.EqualFold(pc.ProvisioningType, "sharedByEntraGroup")
}

// Detail explains a status, in the service's words.
type Detail struct {
	Code      string
	Message   string
	Retriable string // whether what failed can be tried again: true, false, or empty if the service does not say
}

// Status is the state of a Cloud PC. Graph may return states that are not listed here:
// those are not transient, not ready, and do not allow a reprovision.
type Status string

// The states in Graph's beta (learn.microsoft.com/graph/api/resources/cloudpc, cloudPcStatus).
const (
	NotProvisioned             Status = "notProvisioned"
	Provisioning               Status = "provisioning"
	Provisioned                Status = "provisioned"
	ProvisionedWithWarnings    Status = "provisionedWithWarnings"
	Failed                     Status = "failed"
	InGracePeriod              Status = "inGracePeriod"
	Deprovisioning             Status = "deprovisioning"
	Resizing                   Status = "resizing"
	ResizePendingLicense       Status = "resizePendingLicense"
	Restoring                  Status = "restoring"
	PendingProvision           Status = "pendingProvision" // waiting for a licence
	MovingRegion               Status = "movingRegion"
	UpdatingSingleSignOn       Status = "updatingSingleSignOn"
	ModifyingSingleSignOn      Status = "modifyingSingleSignOn"
	RefreshPolicyConfiguration Status = "refreshPolicyConfiguration"
	Preparing                  Status = "preparing" // follows provisioning on shared machines
	FailoverInProgress         Status = "failoverInProgress"
	FailbackInProgress         Status = "failbackInProgress"
	UnknownStatus              Status = "unknownFutureValue" // Graph's placeholder for a state it did not name
)

var statuses = []Status{NotProvisioned, Provisioning, Provisioned, ProvisionedWithWarnings, Failed, InGracePeriod, Deprovisioning,
	Resizing, ResizePendingLicense, Restoring, PendingProvision, MovingRegion, UpdatingSingleSignOn, ModifyingSingleSignOn,
	RefreshPolicyConfiguration, Preparing, FailoverInProgress, FailbackInProgress, UnknownStatus}

// AllowsReprovision reports whether a Cloud PC in this state may be reprovisioned. Microsoft
// names Failed and Provisioned (learn.microsoft.com/windows-365/enterprise/reprovision-cloud-pc);
// ProvisionedWithWarnings is included because Microsoft advises provisioning again for such
// warnings (…/windows-365/enterprise/provisioning-errors). An unknown state allows nothing.
func (s Status) AllowsReprovision() bool { return s.Ready() || s == Failed }

// Ready reports whether the user can sign in.
func (s Status) Ready() bool { return s == Provisioned || s == ProvisionedWithWarnings }

// Passes reports whether the state is transient: something is being done to the Cloud PC,
// and it will still exist afterwards. States that end without a machine (deprovisioning, a
// grace period) or that wait for somebody (a licence, a policy) do not pass.
func (s Status) Passes() bool {
	switch s {
	case Provisioning, Resizing, Restoring, MovingRegion, UpdatingSingleSignOn, ModifyingSingleSignOn,
		RefreshPolicyConfiguration, Preparing, FailoverInProgress, FailbackInProgress:
		return true
	default:
		return false
	}
}

// RemoteAction is something that was done, or is being done, to a Cloud PC. Right after a
// reprovision was accepted, Graph may still show the previous action: compare Started.
type RemoteAction struct {
	Name    string // as the service writes it; see Reprovision
	State   ActionState
	Started time.Time
	Detail  Detail
}

// Reprovision reports whether the action is a reprovision.
func (a RemoteAction) Reprovision() bool { return strings.EqualFold(a.Name, "Reprovision") }

// UnderWay reports whether the action is a reprovision that is pending or running. On a
// machine that is already ready the action may merely lag behind: the service updates the
// two separately.
func (a RemoteAction) UnderWay() bool {
	state := spelled(a.State, actionStates...)
	return a.Reprovision() && (state == ActionPending || state == ActionActive)
}

// ActionState is how far a remote action has come (cloudPcRemoteActionResult).
type ActionState string

// The states of an action. While a machine is switched off an action can stay pending for days
// (learn.microsoft.com/windows-365/enterprise/remotely-manage-cloud-pc).
const (
	ActionNone         ActionState = "none"
	ActionPending      ActionState = "pending"
	ActionActive       ActionState = "active"
	ActionDone         ActionState = "done"
	ActionFailed       ActionState = "failed"
	ActionCanceled     ActionState = "canceled"
	ActionNotSupported ActionState = "notSupported"
)

var actionStates = []ActionState{ActionNone, ActionPending, ActionActive, ActionDone, ActionFailed, ActionCanceled, ActionNotSupported}

// Ended reports whether the action is over.
func (s ActionState) Ended() bool {
	return s == ActionDone || s == ActionFailed || s == ActionCanceled || s == ActionNotSupported
}

// machine, wireAction, detail, info, group, link and login are the wire format of the types above.
type machine struct {
	row

	ServicePlanID            text                `json:"servicePlanId"`
	ImageDisplayName         text                `json:"imageDisplayName"`
	OnPremisesConnectionName text                `json:"onPremisesConnectionName"`
	ProvisioningType         text                `json:"provisioningType"`
	GracePeriodEndDateTime   moment              `json:"gracePeriodEndDateTime"`
	StatusDetail             lenient[detail]     `json:"statusDetail"`
	PowerState               text                `json:"powerState"`
	ProvisionedDateTime      moment              `json:"provisionedDateTime"`
	LastRemoteActionResult   lenient[wireAction] `json:"lastRemoteActionResult"`
	OSVersion                text                `json:"osVersion"`
	UserAccountType          text                `json:"userAccountType"`
	GroupDetail              lenient[group]      `json:"groupDetail"`
	ConnectivityResult       lenient[link]       `json:"connectivityResult"`
	LastLoginResult          lenient[login]      `json:"lastLoginResult"`
}

type wireAction struct {
	ActionName    text                 `json:"actionName"`
	ActionState   lenient[ActionState] `json:"actionState"`
	StartDateTime moment               `json:"startDateTime"`
	StatusDetail  lenient[detail]      `json:"statusDetail"`
}

type detail struct {
	Code    text                     `json:"code"`
	Message text                     `json:"message"`
	Info    lenient[[]lenient[info]] `json:"additionalInformation"`
}

// info is a name and its value, which Graph writes as a text.
type info struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

type group struct {
	GroupDisplayName text `json:"groupDisplayName"`
}

type link struct {
	Status text `json:"status"`
}

type login struct {
	Time moment `json:"time"`
}

func (d detail) detail() Detail {
	out := Detail{Code: d.Code.v, Message: d.Message.v}
	for _, i := range d.Info.v {
		if word := strings.ToLower(fmt.Sprint(i.v.Value)); strings.EqualFold(i.v.Name, "retriable") && (word == "true" || word == "false") {
			out.Retriable = word
		}
	}
	return out
}

// view is one way to ask for a Cloud PC: a version of Graph and the fields to select (empty
// = Graph's default).
type view struct{ version, fields string }

// The views from the richest to the poorest. The fields that full has and older lacks are
// recent: a service that does not know one of them refuses the whole read, and the status
// of a machine must not be lost for the sake of its group or of its last sign-in.
var (
	full  = view{beta, selectBeta}
	older = view{beta, selectOlder}
	plain = view{v1, ""} // v1.0 returns all its fields by default
)

// selectOlder and selectBeta request the fields of machine; beta leaves some out by default.
const (
	selectOlder = "id,displayName,managedDeviceName,managedDeviceId,aadDeviceId,userPrincipalName," +
		"provisioningPolicyId,provisioningPolicyName,servicePlanId,servicePlanName,imageDisplayName," +
		"onPremisesConnectionName,provisioningType,gracePeriodEndDateTime,lastModifiedDateTime," +
		"status,statusDetail,powerState,provisionedDateTime,lastRemoteActionResult"
	selectBeta = selectOlder + ",osVersion,userAccountType,groupDetail,connectivityResult,lastLoginResult"
)

func (m machine) cloudPC(version string) CloudPC {
	pc := CloudPC{
		ID: m.ID.v, Name: m.DisplayName.v, DeviceName: m.ManagedDeviceName.v, ManagedDeviceID: identity(m.ManagedDeviceID.v),
		AADDeviceID: identity(m.AADDeviceID.v), UserPrincipalName: m.UserPrincipalName.v, PolicyID: identity(m.ProvisioningPolicyID.v),
		PolicyName: m.ProvisioningPolicyName.v, PlanID: identity(m.ServicePlanID.v), PlanName: m.ServicePlanName.v,
		Image: m.ImageDisplayName.v, Connection: m.OnPremisesConnectionName.v,
		ProvisioningType: spelled(m.ProvisioningType.v, kinds...),
		GraceEnd:         m.GracePeriodEndDateTime.Time,
		LastModified:     m.LastModifiedDateTime.Time,
	}
	if version == beta {
		pc.Beta = true
		pc.Status, pc.StatusDetail = spelled(Status(m.Status.v), statuses...), m.StatusDetail.v.detail()
		pc.PowerState = spelled(m.PowerState.v, "running", "poweredOff")
		pc.Provisioned, pc.LastAction = m.ProvisionedDateTime.Time, m.LastRemoteActionResult.v.remoteAction()
		pc.OSVersion = spelled(m.OSVersion.v, "windows10", "windows11")
		pc.UserAccountType = spelled(m.UserAccountType.v, "standardUser", "administrator")
		pc.GroupName = m.GroupDetail.v.GroupDisplayName.v
		pc.Connectivity, pc.LastSignIn = spelled(m.ConnectivityResult.v.Status.v, links...), m.LastLoginResult.v.Time.Time
	}
	return pc
}

func (a wireAction) remoteAction() RemoteAction {
	return RemoteAction{
		Name: a.ActionName.v, State: spelled(a.ActionState.v, actionStates...), Detail: a.StatusDetail.v.detail(),
		Started: a.StartDateTime.Time,
	}
}
