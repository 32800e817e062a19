package config_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/config"
)

// A variable that is read and handed to nobody has no effect, and looks as if it had one.
func TestEveryFieldIsHandedOn(t *testing.T) {
	read := map[string]bool{}
	paths, err := filepath.Glob("../ops/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if of, ok := s.X.(*ast.Ident); ok && (of.Name == "cfg" || of.Name == "s" || of.Name == "c") {
					read[s.Sel.Name] = true
				}
			}
			return true
		})
	}
	for f := range reflect.TypeFor[config.Config]().Fields() {
		if of, ok := reflect.TypeFor[config.Config]().FieldByName(strings.TrimSuffix(f.Name, "File")); ok && of.Type == reflect.TypeFor[auth.Secret]() {
			continue // a file with a secret is read by package config
		}
		if !read[f.Name] {
			t.Errorf("Config.%s (%s) is read by nothing in bot/ops: hand it on in serve.go", f.Name, f.Tag.Get("env"))
		}
	}
}
