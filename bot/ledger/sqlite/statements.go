package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

// statements keeps every statement ready that was used once: to SQLite, reading the text is
// more work than most of what it asks for. The texts are ours, and few.
type statements struct {
	on interface { // a connection, or a pool
		reader
		ExecContext(context.Context, string, ...any) (sql.Result, error)
		PrepareContext(context.Context, string) (*sql.Stmt, error)
	}
	ready sync.Map // *sql.Stmt by its text
}

// prepared may make a statement twice, where two want it first: a lock would have everybody
// wait with them for a connection.
func (s *statements) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, ok := s.ready.Load(text); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := s.on.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if first, has := s.ready.LoadOrStore(text, stmt); has {
		_ = stmt.Close() // the other is as good
		return first.(*sql.Stmt), nil
	}
	return stmt, nil
}

func (s *statements) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	stmt, err := s.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

func (s *statements) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (s *statements) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	stmt, err := s.prepared(ctx, text)
	if err != nil {
		return s.on.QueryRowContext(ctx, text, args...) // a row cannot be made of an error otherwise
	}
	return stmt.QueryRowContext(ctx, args...)
}
