package words

// PressPick is the action of a button that chooses one of several machines.
const PressPick Action = "pick"

// Pick is one of several machines that a person chooses from, each with a button of its own.
type Pick struct {
	Text   Line   // which machine it is
	Button string // plain
	Value  string // what the press sends, such as R-7K3F 0
	Label  string // plain; what a screen reader says instead of Button
}
