package graph

import (
	"context"
	"net/http"
	"strings"
	"time"
)

const opImage = "read image"

// Image says whether Cloud PCs can still be built from an image. Dates are at midnight UTC,
// and zero if there is none or it cannot be read.
//
// The fields are those of cloudPcGalleryImage and cloudPcDeviceImage in v1.0
// (learn.microsoft.com/graph/api/resources/cloudpcgalleryimage and …/cloudpcdeviceimage).
type Image struct {
	// Status of a gallery image is supported, supportedWithWarning (after EndDate; machines
	// can still be built) or notSupported (after ExpirationDate; a build fails). Of a custom
	// image it is ready, pending or failed.
	Status         string
	OSStatus       string    // of a custom image: supported, supportedWithWarning, unknown
	EndDate        time.Time // of a gallery image
	ExpirationDate time.Time
}

// Image reads the image that a policy names ([Policy.ImageType], [Policy.ImageID]) from v1.0
// (learn.microsoft.com/graph/api/cloudpcgalleryimage-get and …/cloudpcdeviceimage-get). It
// needs CloudPC.Read.All. ErrNotFound means that the image is no longer offered; ErrInvalid
// includes a type other than gallery and custom.
func (c *Client) Image(ctx context.Context, imageType, id string) (Image, error) {
	set := map[string]string{"gallery": "galleryImages", "custom": "deviceImages"}[strings.ToLower(imageType)]
	if set == "" {
		return Image{}, invalid(opImage, id, "images of this type cannot be read")
	}
	if err := segment(opImage, "an image's id", id); err != nil {
		return Image{}, err
	}
	var i wireImage
	if err := c.get(ctx, opImage, id, imageKey(set+" "+id), c.url(v1, "deviceManagement", "virtualEndpoint", set, id), &i); err != nil {
		return Image{}, err
	}
	if !strings.EqualFold(i.ID.v, id) {
		return Image{}, &Error{Op: opImage, Name: id, Status: http.StatusOK, Outcome: NotActed, Message: "Graph's answer is about another image"}
	}
	return i.image(), nil
}

type wireImage struct {
	ID             text `json:"id"`
	Status         text `json:"status"`
	OSStatus       text `json:"osStatus"`
	EndDate        day  `json:"endDate"`
	ExpirationDate day  `json:"expirationDate"`
}

func (i wireImage) image() Image {
	return Image{
		Status:   spelled(i.Status.v, "supported", "supportedWithWarning", "notSupported", "ready", "pending", "failed"),
		OSStatus: spelled(i.OSStatus.v, "supported", "supportedWithWarning", "unknown"),
		EndDate:  i.EndDate.Time, ExpirationDate: i.ExpirationDate.Time,
	}
}
