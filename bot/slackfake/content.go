package slackfake

import (
	"encoding/json"
	"time"
	"unicode/utf8"
)

// content is the content of a message.
type content struct {
	text        string
	blocks      json.RawMessage // nil = none
	attachments json.RawMessage
	metadata    json.RawMessage
}

func (c content) empty() bool { return c.text == "" && c.blocks == nil && c.attachments == nil }

// Slack's limits for a message (for text and attachments: docs.slack.dev/reference/methods/chat.postMessage). Lengths are
// in characters unless noted.
const (
	maxAttachments  = 100
	maxBlocksText   = 12_000 // undocumented: the sum of all texts in a message's blocks
	maxMarkdown     = 12_000
	maxMetadataSize = 16_000 // bytes
)

// readContent reads a message from the arguments of a call. maxText is the method's limit for text, in characters.
func readContent(a args, maxText int) (content, error) {
	c := content{text: a["text"]}
	if markdown := a["markdown_text"]; markdown != "" {
		if c.text != "" || a["blocks"] != "" {
			return c, refuse("markdown_text_conflict")
		}
		c.text, maxText = markdown, min(maxText, maxMarkdown)
	}
	if utf8.RuneCountInString(c.text) > maxText {
		return c, refuse("msg_too_long")
	}
	if raw := a["blocks"]; raw != "" {
		var problems []string
		var err error
		if c.blocks, problems, err = readBlocks(raw, messageBlocks, "/blocks"); err != nil {
			return c, refuse("invalid_blocks_format")
		}
		if len(problems) > 0 {
			return c, refuse("invalid_blocks", problems...)
		}
		if textLength(c.blocks) > maxBlocksText {
			return c, refuse("msg_blocks_too_long")
		}
	}
	var err error
	if c.attachments, err = readAttachments(a["attachments"]); err != nil {
		return c, err
	}
	c.metadata, err = readMetadata(a["metadata"])
	return c, err
}

func readAttachments(raw string) (json.RawMessage, error) {
	if raw == "" {
		return nil, nil
	}
	var list []map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &list) != nil {
		return nil, refuse("invalid_attachments")
	}
	if len(list) == 0 {
		return nil, nil
	}
	if len(list) > maxAttachments {
		return nil, refuse("too_many_attachments")
	}
	for _, one := range list {
		if one["blocks"] == nil {
			continue
		}
		blocks, problems, err := readBlocks(string(one["blocks"]), messageBlocks, "/attachments/blocks")
		if err != nil || len(problems) > 0 {
			return nil, refuse("invalid_attachments", problems...)
		}
		one["blocks"] = blocks
	}
	return encode(list), nil
}

func readMetadata(raw string) (json.RawMessage, error) {
	if raw == "" {
		return nil, nil
	}
	if len(raw) > maxMetadataSize {
		return nil, refuse("metadata_too_large")
	}
	var m struct {
		EventType string                     `json:"event_type"`
		Payload   map[string]json.RawMessage `json:"event_payload"`
	}
	if json.Unmarshal([]byte(raw), &m) != nil {
		return nil, refuse("invalid_metadata_format")
	}
	if m.EventType == "" || m.Payload == nil {
		return nil, refuse("invalid_metadata_schema")
	}
	return json.RawMessage(raw), nil
}

// perSecond returns the interval between two events at n per second.
func perSecond(n float64) time.Duration { return time.Duration(float64(time.Second) / n) }
