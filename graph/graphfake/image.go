package graphfake

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Image is an image that policies name: a gallery image of Microsoft's, or a custom image of
// the tenant. Fields that are empty when it is added get a plausible value.
type Image struct {
	ID             string // publisher_offer_sku, or the GUID of a custom image
	DisplayName    string
	Custom         bool      // as is every image whose ID is a GUID
	Status         string    // gallery: supported, supportedWithWarning, notSupported; custom: ready, pending, failed
	OSStatus       string    // of a custom image: supported, supportedWithWarning, unknown
	EndDate        time.Time // of a gallery image; only the date is shown
	ExpirationDate time.Time // likewise, for both
}

func (i *Image) fill() {
	i.ID = cmp.Or(i.ID, usualImageID)
	i.DisplayName = cmp.Or(i.DisplayName, usualImage)
	if i.Custom = i.Custom || isGUID(i.ID); i.Custom {
		i.Status, i.OSStatus = cmp.Or(i.Status, "ready"), cmp.Or(i.OSStatus, "supported")
		return
	}
	i.Status = cmp.Or(i.Status, "supported")
}

// SetImage adds an image, or replaces the one of that id. An image that a policy names exists
// without it, and is in support.
func (t *Tenant) SetImage(i Image) Image {
	t.mu.Lock()
	defer t.mu.Unlock()
	i.fill()
	t.images[strings.ToLower(i.ID)] = &i
	t.tell()
	return i
}

// RemoveImage takes an image off the list: reads of it are 404 from now on, whether a policy
// names it or not.
func (t *Tenant) RemoveImage(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.images[strings.ToLower(id)] = nil
	t.tell()
}

// image finds an image; nil = there is none.
func (t *Tenant) image(id string) *Image {
	if i, set := t.images[strings.ToLower(id)]; set {
		return i
	}
	for _, p := range t.policies {
		if strings.EqualFold(p.ImageID, id) {
			i := Image{ID: p.ImageID, DisplayName: p.ImageDisplayName, Custom: p.ImageType == "custom"}
			i.fill()
			return &i
		}
	}
	return nil
}

// readImage answers with one image, in all its properties: none is asked for by name.
func (t *Tenant) readImage(c *call) *reply {
	if rep := t.authorize(c, false); rep != nil {
		return rep
	}
	if _, rep := t.query(c); rep != nil {
		return rep
	}
	i := t.image(c.Image)
	if i == nil || i.Custom != c.custom {
		return t.refuse(c, http.StatusNotFound, "ResourceNotFound", fmt.Sprintf("Image '%s' was not found.", c.Image))
	}
	all := map[string]any{"id": i.ID, "displayName": text(i.DisplayName), "status": text(i.Status), "expirationDate": day(i.ExpirationDate)}
	set := "galleryImages"
	if i.Custom {
		set, all["osStatus"], all["errorCode"] = "deviceImages", text(i.OSStatus), nil
	} else {
		all["startDate"], all["endDate"] = nil, day(i.EndDate)
	}
	all["@odata.context"] = t.url + "/" + c.Version + "/$metadata#deviceManagement/virtualEndpoint/" + set + "/$entity"
	return answer(http.StatusOK, all)
}

// day formats an Edm.Date.
func day(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UTC().Format(time.DateOnly)
}
