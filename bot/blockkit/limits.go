package blockkit

// limit is one row of Slack's documentation: how much one field of one kind of object holds.
type limit struct {
	of    string // "message", "modal", "home", "block", "confirm", "option", "group", or the type of a block or an element
	field string
	is    shape
	need  bool // the field must be there
	most  int  // characters, or items of a list
	from  string
}

// shape is what a field holds.
type shape string

const (
	plain    shape = "a plain_text object"
	anyText  shape = "a text object"
	chars    shape = "a string"
	listOf   shape = "a list"
	whole    shape = "a number"
	optional bool  = false
	required bool  = true
)

const (
	blocksPage   = "https://docs.slack.dev/reference/block-kit/blocks"
	elementsPage = "https://docs.slack.dev/reference/block-kit/block-elements"
	objectsPage  = "https://docs.slack.dev/reference/block-kit/composition-objects"
	modalPage    = "https://docs.slack.dev/reference/views/modal-views"
	homePage     = "https://docs.slack.dev/reference/views/home-tab-views"
	messagePage  = "https://docs.slack.dev/reference/methods/chat.postMessage"
	selectPage   = elementsPage + "/select-menu-element"
)

// limits are the limits of everything that Draw can draw. Where the documentation and the types of
// Slack's SDKs differ, the smaller number stands here: it holds with both.
var limits = []limit{
	{"message", "blocks", listOf, optional, 50, blocksPage},
	{"message", "text", chars, optional, 4000, messagePage}, // more is accepted, and cut at 40,000

	{"modal", "blocks", listOf, required, 100, blocksPage},
	{"modal", "title", plain, required, 24, modalPage},
	{"modal", "submit", plain, optional, 24, modalPage},
	{"modal", "close", plain, optional, 24, modalPage},
	{"modal", "private_metadata", chars, optional, 3000, modalPage},
	{"modal", "callback_id", chars, optional, 255, modalPage},
	{"modal", "external_id", chars, optional, 255, modalPage},

	{"home", "blocks", listOf, required, 100, blocksPage},
	{"home", "private_metadata", chars, optional, 3000, homePage},
	{"home", "callback_id", chars, optional, 255, homePage},
	{"home", "external_id", chars, optional, 255, homePage},

	{"block", "block_id", chars, optional, 255, blocksPage},
	{"header", "text", plain, required, 150, blocksPage + "/header-block"},
	{"section", "text", anyText, optional, 3000, blocksPage + "/section-block"},
	{"section", "fields", listOf, optional, 10, blocksPage + "/section-block"},
	{"context", "elements", listOf, required, 10, blocksPage + "/context-block"},
	{"actions", "elements", listOf, required, 25, blocksPage + "/actions-block"},
	{"input", "label", plain, required, 2000, blocksPage + "/input-block"},
	{"input", "hint", plain, optional, 2000, blocksPage + "/input-block"},
	{"image", "alt_text", chars, required, 2000, blocksPage + "/image-block"},
	{"image", "image_url", chars, optional, 3000, blocksPage + "/image-block"},
	{"image", "title", plain, optional, 2000, blocksPage + "/image-block"},

	{"field", "text", chars, required, 2000, blocksPage + "/section-block"},
	{"text", "text", chars, required, 3000, objectsPage + "/text-object"},

	{"element", "action_id", chars, optional, 255, elementsPage},
	{"element", "placeholder", plain, optional, 150, selectPage},
	{"button", "text", plain, required, 75, elementsPage + "/button-element"},
	{"button", "value", chars, optional, 2000, elementsPage + "/button-element"},
	{"button", "url", chars, optional, 3000, elementsPage + "/button-element"},
	{"button", "accessibility_label", chars, optional, 75, elementsPage + "/button-element"},
	{"static_select", "options", listOf, optional, 100, selectPage},
	{"static_select", "option_groups", listOf, optional, 100, selectPage},
	{"multi_static_select", "options", listOf, optional, 100, elementsPage + "/multi-select-menu-element"},
	{"multi_static_select", "option_groups", listOf, optional, 100, elementsPage + "/multi-select-menu-element"},
	{"checkboxes", "options", listOf, required, 10, elementsPage + "/checkboxes-element"},
	{"radio_buttons", "options", listOf, required, 10, elementsPage + "/radio-button-group-element"},
	{"plain_text_input", "initial_value", chars, optional, 3000, elementsPage + "/plain-text-input-element"},
	{"plain_text_input", "min_length", whole, optional, 3000, elementsPage + "/plain-text-input-element"},
	{"plain_text_input", "max_length", whole, optional, 3000, elementsPage + "/plain-text-input-element"},

	{"confirm", "title", plain, required, 100, objectsPage + "/confirmation-dialog-object"},
	{"confirm", "text", anyText, required, 300, objectsPage + "/confirmation-dialog-object"},
	{"confirm", "confirm", plain, required, 30, objectsPage + "/confirmation-dialog-object"},
	{"confirm", "deny", plain, required, 30, objectsPage + "/confirmation-dialog-object"},
	{"option", "text", anyText, required, 75, objectsPage + "/option-object"},
	{"option", "value", chars, required, 75, objectsPage + "/option-object"}, // 150 there, 75 in @slack/types
	{"option", "description", anyText, optional, 75, objectsPage + "/option-object"},
	{"option", "url", chars, optional, 3000, objectsPage + "/option-object"},
	{"group", "label", plain, required, 75, objectsPage + "/option-group-object"},
	{"group", "options", listOf, required, 100, objectsPage + "/option-group-object"},
}

// places are the elements that a block takes. An element that is not here is reported even if Slack
// would take it, since its limits are not checked.
var places = map[string]map[string]bool{
	"section": set("button", "image", "static_select", "external_select", "users_select", "conversations_select",
		"channels_select", "multi_static_select", "multi_external_select", "multi_users_select", "datepicker", "timepicker",
		"checkboxes", "radio_buttons"),
	"actions": set("button", "static_select", "external_select", "users_select", "conversations_select", "channels_select",
		"datepicker", "timepicker", "checkboxes", "radio_buttons"),
	"input": set("plain_text_input", "email_text_input", "url_text_input", "number_input", "static_select", "external_select",
		"users_select", "conversations_select", "channels_select", "multi_static_select", "multi_external_select",
		"multi_users_select", "datepicker", "timepicker", "checkboxes", "radio_buttons"),
}

// maxView is the size of a view in bytes
// (docs.slack.dev/reference/methods/views.open, error view_too_large).
const maxView = 250_000

func set(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, n := range names {
		s[n] = true
	}
	return s
}
