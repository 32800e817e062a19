package bot_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// riddles are names that this project once used for what the field has a word for. A reader had to
// learn them; none may come back.
var riddles = strings.Fields(`stir breath heard hearOut twice weather gust patiently nag furnish seldom stint outlive shift hands giveWay
	untilNext deeds tellings parting windDown census crowds unsettle doubt sight retell together inPrivate weighs summons
	underSeal headed recalled retold happened notTaken forgetful garbled relieves depart dwell manners gesture gestures nag nagged`)

// eachFile calls do with every Go file of the program, without tests.
func eachFile(t *testing.T, do func(path string, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err == nil {
			do(path, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNamesDoNotDifferByACapital reads the functions and methods of every package: a reader who hears
// "post" must not have to ask which one.
func TestNamesDoNotDifferByACapital(t *testing.T) {
	seen := map[string]string{} // package, receiver and name in lower case → name
	eachFile(t, func(path string, file *ast.File) {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name == "_" {
				continue
			}
			key := filepath.Dir(path) + " " + receiver(f) + "." + strings.ToLower(f.Name.Name)
			if other, ok := seen[key]; ok && other != f.Name.Name {
				t.Errorf("%s: %s and %s differ by a capital; say in the name what differs", path, other, f.Name.Name)
			}
			seen[key] = f.Name.Name
		}
	})
}

// TestNamesAreNoRiddles reads the names of functions, types, fields, constants and variables, and the
// first words of their comments.
func TestNamesAreNoRiddles(t *testing.T) {
	riddle := map[string]bool{}
	for _, w := range riddles {
		riddle[strings.ToLower(w)] = true
	}
	eachFile(t, func(path string, file *ast.File) {
		check := func(name *ast.Ident) {
			if riddle[strings.ToLower(name.Name)] {
				t.Errorf("%s: %s is a riddle; go doc ./bot has the field's word", path, name.Name)
			}
		}
		// doc checks a comment that begins with an identifier and is about another: the name has changed.
		doc := func(c *ast.CommentGroup, names ...*ast.Ident) {
			word, rest, _ := strings.Cut(strings.TrimSpace(c.Text()), " ")
			about := false
			for _, n := range names {
				about = about || n.Name == word
			}
			verb, _, _ := strings.Cut(rest, " ")
			if !about && (riddle[strings.ToLower(word)] || former(word, verb)) {
				t.Errorf("%s: the comment above %s begins with %q", path, names[0].Name, word)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				check(n.Name)
				doc(n.Doc, n.Name)
			case *ast.TypeSpec:
				check(n.Name)
				doc(n.Doc, n.Name)
			case *ast.ValueSpec:
				for _, name := range n.Names {
					check(name)
				}
				doc(n.Doc, n.Names...)
			case *ast.GenDecl:
				if len(n.Specs) == 1 {
					switch s := n.Specs[0].(type) {
					case *ast.TypeSpec:
						doc(n.Doc, s.Name)
					case *ast.ValueSpec:
						doc(n.Doc, s.Names...)
					}
				}
			case *ast.Field:
				for _, name := range n.Names {
					check(name)
				}
			}
			return true
		})
	})
}

// former reports whether a comment begins as the documentation of a name does, "nag reminds people": with
// a word that is no English beginning, and then a verb in the third person.
func former(word, verb string) bool {
	return word != "" && strings.ToLower(word[:1]) == word[:1] && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" &&
		len(verb) > 2 && (strings.HasSuffix(verb, "s") || verb == "is" || verb == "are")
}

// receiver is the type that a method belongs to; "" for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	of := f.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	switch of := of.(type) {
	case *ast.Ident:
		return of.Name
	case *ast.IndexExpr:
		return of.X.(*ast.Ident).Name
	}
	return ""
}
