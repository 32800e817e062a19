package words

// Form is what a form says. All of it is plain text.
type Form struct{ Title, Label, Hint, Send, Skip string }

// DenyForm asks for the reason of a denial, which stands already. The reason is optional.
func DenyForm(machine string) Form {
	return Form{
		Title: "Denied: " + machine,
		Label: "Why?",
		Hint:  "Everyone who can see the thread can read this.",
		Send:  "Send",
		Skip:  "No reason",
	}
}
