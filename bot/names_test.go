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
	underSeal headed recalled retold happened notTaken forgetful garbled relieves depart dwell manners gesture gestures`)

// TestNamesDoNotDifferByACapital reads the functions and methods of every package: a reader who hears
// "post" must not have to ask which one. Riddles are looked for on the way.
func TestNamesDoNotDifferByACapital(t *testing.T) {
	riddle := map[string]bool{}
	for _, w := range riddles {
		riddle[strings.ToLower(w)] = true
	}
	seen := map[string]string{} // package, receiver and name in lower case → name
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
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
			if riddle[strings.ToLower(f.Name.Name)] {
				t.Errorf("%s: %s is a riddle; go doc ./bot has the field's word", path, f.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
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
