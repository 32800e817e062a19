package graph

import (
	"strings"
	"time"
)

// CloudPC is one Windows 365 machine as Graph showed it at one moment. Only ID
// is for addressing; names, devices and user are for the eyes, and some of them
// change with every reprovision.
type CloudPC struct {
	ID                string
	Name              string // display name; can be changed by people
	DeviceName        string // Windows computer name; changes with a reprovision
	ManagedDeviceID   string // Intune's; a new one with every reprovision
	AADDeviceID       string // Entra's; a new one with every reprovision
	UserPrincipalName string // empty where the machine is shared
	PolicyID          string
	PolicyName        string
	PlanID            string
	PlanName          string
	Image             string
	Connection        string // Azure network connection; empty = Microsoft's network
	ProvisioningType  string // dedicated, sharedByUser, sharedByEntraGroup, …
	LastModified      time.Time
	GraceEnd          time.Time // zero = not in grace

	Beta bool // the fields below are filled; v1.0 has none of them

	Status       Status
	StatusDetail Detail
	PowerState   string       // running, poweredOff; frontline only
	Provisioned  time.Time    // set by the first provisioning and by every reprovision
	LastAction   RemoteAction // zero = none known
}

// Detail explains a status, in the service's words.
type Detail struct {
	Code    string
	Message string
}

// Status is the state of a Cloud PC. There may be states that are not listed
// here: they are neither busy nor ready, and allow nothing.
type Status string

// The states of Graph's beta.
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
	PendingProvision           Status = "pendingProvision" // waits for a licence
	MovingRegion               Status = "movingRegion"
	UpdatingSingleSignOn       Status = "updatingSingleSignOn"
	ModifyingSingleSignOn      Status = "modifyingSingleSignOn"
	RefreshPolicyConfiguration Status = "refreshPolicyConfiguration"
	Preparing                  Status = "preparing" // follows provisioning on shared machines
	FailoverInProgress         Status = "failoverInProgress"
	FailbackInProgress         Status = "failbackInProgress"
	UnknownStatus              Status = "unknownFutureValue" // one that Graph would not name
)

// AllowsReprovision reports whether a Cloud PC in this state may be
// reprovisioned. A state that nobody knows allows nothing.
func (s Status) AllowsReprovision() bool { return s.Ready() || s == Failed }

// Ready reports whether the user can sign in.
func (s Status) Ready() bool { return s == Provisioned || s == ProvisionedWithWarnings }

// Busy reports whether something is being done to the Cloud PC that ends by itself.
func (s Status) Busy() bool {
	switch s {
	case Provisioning, Deprovisioning, Resizing, Restoring, MovingRegion, UpdatingSingleSignOn, ModifyingSingleSignOn,
		RefreshPolicyConfiguration, Preparing, FailoverInProgress, FailbackInProgress:
		return true
	default:
		return false
	}
}

// RemoteAction is something that was done, or is being done, to a Cloud PC.
// Right after a reprovision the newest one may still be the one before it:
// compare Started.
type RemoteAction struct {
	Name    string // as the service writes it; see Reprovision
	State   ActionState
	Started time.Time
	Updated time.Time
	Detail  Detail
}

// Reprovision reports whether the action is a reprovision.
func (a RemoteAction) Reprovision() bool { return strings.EqualFold(a.Name, "Reprovision") }

// ActionState is how far a remote action has come.
type ActionState string

// The states of an action. On a machine that is switched off one can be pending for days.
const (
	ActionNone         ActionState = "none"
	ActionPending      ActionState = "pending"
	ActionActive       ActionState = "active"
	ActionDone         ActionState = "done"
	ActionFailed       ActionState = "failed"
	ActionCanceled     ActionState = "canceled"
	ActionNotSupported ActionState = "notSupported"
)

// Ended reports whether the action will not move any more.
func (s ActionState) Ended() bool {
	return s == ActionDone || s == ActionFailed || s == ActionCanceled || s == ActionNotSupported
}

// machine, wireAction and detail are the same on the wire.
type machine struct {
	ID                       string     `json:"id"`
	DisplayName              string     `json:"displayName"`
	ManagedDeviceName        string     `json:"managedDeviceName"`
	ManagedDeviceID          string     `json:"managedDeviceId"`
	AADDeviceID              string     `json:"aadDeviceId"`
	UserPrincipalName        string     `json:"userPrincipalName"`
	ProvisioningPolicyID     string     `json:"provisioningPolicyId"`
	ProvisioningPolicyName   string     `json:"provisioningPolicyName"`
	ServicePlanID            string     `json:"servicePlanId"`
	ServicePlanName          string     `json:"servicePlanName"`
	ImageDisplayName         string     `json:"imageDisplayName"`
	OnPremisesConnectionName string     `json:"onPremisesConnectionName"`
	ProvisioningType         string     `json:"provisioningType"`
	LastModifiedDateTime     time.Time  `json:"lastModifiedDateTime"`
	GracePeriodEndDateTime   time.Time  `json:"gracePeriodEndDateTime"`
	Status                   Status     `json:"status"`
	StatusDetail             detail     `json:"statusDetail"`
	PowerState               string     `json:"powerState"`
	ProvisionedDateTime      time.Time  `json:"provisionedDateTime"`
	LastRemoteActionResult   wireAction `json:"lastRemoteActionResult"`
}

type wireAction struct {
	ActionName          string      `json:"actionName"`
	ActionState         ActionState `json:"actionState"`
	StartDateTime       time.Time   `json:"startDateTime"`
	LastUpdatedDateTime time.Time   `json:"lastUpdatedDateTime"`
	StatusDetail        detail      `json:"statusDetail"`
}

type detail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// selectBeta asks for the fields of machine; beta leaves some out of its default.
const selectBeta = "id,displayName,managedDeviceName,managedDeviceId,aadDeviceId,userPrincipalName," +
	"provisioningPolicyId,provisioningPolicyName,servicePlanId,servicePlanName,imageDisplayName," +
	"onPremisesConnectionName,provisioningType,lastModifiedDateTime,gracePeriodEndDateTime," +
	"status,statusDetail,powerState,provisionedDateTime,lastRemoteActionResult"

func (m machine) cloudPC(version string) CloudPC {
	pc := CloudPC{
		ID: m.ID, Name: m.DisplayName, DeviceName: m.ManagedDeviceName, ManagedDeviceID: m.ManagedDeviceID,
		AADDeviceID: m.AADDeviceID, UserPrincipalName: m.UserPrincipalName, PolicyID: m.ProvisioningPolicyID,
		PolicyName: m.ProvisioningPolicyName, PlanID: m.ServicePlanID, PlanName: m.ServicePlanName,
		Image: m.ImageDisplayName, Connection: m.OnPremisesConnectionName, ProvisioningType: m.ProvisioningType,
		LastModified: m.LastModifiedDateTime, GraceEnd: m.GracePeriodEndDateTime,
	}
	if version == beta {
		pc.Beta = true
		pc.Status, pc.StatusDetail, pc.PowerState = m.Status, Detail(m.StatusDetail), m.PowerState
		pc.Provisioned, pc.LastAction = m.ProvisionedDateTime, m.LastRemoteActionResult.remoteAction()
	}
	return pc
}

func (a wireAction) remoteAction() RemoteAction {
	return RemoteAction{
		Name: a.ActionName, State: a.ActionState, Detail: Detail(a.StatusDetail),
		Started: a.StartDateTime, Updated: a.LastUpdatedDateTime,
	}
}
