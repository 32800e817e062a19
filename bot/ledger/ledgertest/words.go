package ledgertest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// kept are the types whose words are stored in a ledger, by the folder that declares them,
// relative to the tests of a store.
var kept = map[string][]string{
	"..":            {"State", "Failure", "Kind", "Code", "Outcome", "Text", "Untold", "Phase", "NoSignInWhy", "EmailMatch"},
	"../../command": {"OS", "Account"},
	"../../../auth": {"Act", "Reason"},
}

// words returns the sorted values of the constants of each type, as the source declares them. The
// fields of texts are untyped constants whose names begin with Text; they are under "Text".
func words(t testing.TB) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for folder, types := range kept {
		files, err := filepath.Glob(folder + "/*.go")
		must(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			must(t, err)
			for _, d := range file.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
					constants(g, types, out)
				}
			}
		}
		for _, of := range types {
			slices.Sort(out[of])
			if len(out[of]) < 2 {
				t.Fatalf("%s declares the words %q of the type %s", folder, out[of], of)
			}
		}
	}
	return out
}

// constants adds the words that a const declaration declares for types to out.
func constants(g *ast.GenDecl, types []string, out map[string][]string) {
	for _, s := range g.Specs {
		v := s.(*ast.ValueSpec)
		of := ""
		if id, ok := v.Type.(*ast.Ident); ok {
			of = id.Name
		} else if v.Type == nil && strings.HasPrefix(v.Names[0].Name, "Text") {
			of = "Text"
		}
		if !slices.Contains(types, of) {
			continue
		}
		for _, value := range v.Values {
			if text, ok := value.(*ast.BasicLit); ok && text.Kind == token.STRING {
				word, _ := strconv.Unquote(text.Value) // cannot fail: the parser accepted it
				out[of] = append(out[of], word)
			}
		}
	}
}
