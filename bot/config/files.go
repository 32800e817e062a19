package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"cloudpc-bot/auth"
)

// inFiles are the variables whose value may stand in a file instead, which is named by the same
// variable with _FILE behind its name; each with how such a file is read.
var inFiles = map[string]func(path string) (string, error){
	"SLACK_APP_TOKEN": secretIn,
	"SLACK_BOT_TOKEN": secretIn,
	"DATABASE_URL":    secretIn,
	"ADMINS":          listIn,
	"REQUESTERS":      listIn,

	"AZURE_CLIENT_SECRET": secretIn,
}

// secretFile is the row of a variable that names a file with the value of another one.
func secretFile(name string) row {
	return inFile(name, "the path of a file that the bot may read, with nothing in it but "+strings.TrimSuffix(name, "_FILE"), "")
}

// listFile is the same for a list.
func listFile(name string) row {
	return inFile(name, "the path of a file that the bot may read, with one id of a Slack user or user group a line", copyIDs)
}

func inFile(name, form, cure string) row {
	return row{
		name: name, form: form, cure: cure,
		right: func(r *reading) bool { return r.wrongFiles[name] == nil },
		clue:  func(r *reading, _ string) string { return inOneLine(r.wrongFiles[name]) },
	}
}

// fill puts into vars the values that stand in files, and returns what is wrong with those files, by the
// name of the variable that names the file. All files are read at once.
func fill(vars map[string]string) (wrong map[string]error) {
	wrong = map[string]error{}
	values := map[string]func() (string, error){}
	for name, read := range inFiles {
		path := vars[name+"_FILE"]
		if path == "" {
			continue
		}
		if vars[name] != "" {
			wrong[name+"_FILE"] = fmt.Errorf("%s is set too: remove one of the two", name)
			continue
		}
		values[name] = inTime(func() (string, error) { return read(path) })
	}
	for name, value := range values {
		var err error
		if vars[name], err = value(); err != nil {
			wrong[name+"_FILE"] = err
			delete(vars, name)
		}
	}
	return wrong
}

// readTime is how long the start waits for a file. One on a server that is gone may never be read.
const readTime = 10 * time.Second

// inTime begins a read and returns what waits for it.
func inTime(read func() (string, error)) (wait func() (string, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	var value string
	var err error
	go func() {
		defer cancel()
		v, failed := read()
		if ctx.Err() == nil {
			value, err = v, failed
		}
	}()
	return func() (string, error) {
		<-ctx.Done()
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return "", fmt.Errorf("the file has not been read within %v: perhaps it is on a server that does not answer", readTime)
		}
		return value, err
	}
}

// largest is the most that is read of a file: far more than any list or secret has.
const largest = 1 << 20

// contentOf reads a file. Its errors do not name the file, because they stand beside the variable that does.
func contentOf(path string) (string, error) {
	content, err := bytesOf(path)
	if broken, ok := errors.AsType[*fs.PathError](err); ok {
		err = broken.Err
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("the file cannot be read: %w", err)
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")), bytes.IndexByte(content, 0) >= 0: // as Windows writes it; only there does a text have zeros
		return "", errors.New("the file is in UTF-16; save it as UTF-8")
	}
	return string(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))), nil // the byte order mark that Windows writes before UTF-8
}

// bytesOf reads a regular file. Any other, such as a named pipe, may keep who opens it waiting, and has
// nothing when it is read again.
func bytesOf(path string) ([]byte, error) {
	about, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case about.IsDir():
		return nil, syscall.EISDIR
	case !about.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err == nil && len(content) > largest {
		err = errors.New("it is larger than 1 MB")
	}
	return content, err
}

// secretIn reads a secret that is alone in its file, without the white space around it: a file made with
// echo ends in a newline. Its errors do not tell what is in the file.
func secretIn(path string) (string, error) {
	content, err := contentOf(path)
	if err != nil {
		return "", err
	}
	content = strings.TrimSpace(content)
	switch {
	case content == "":
		return "", errors.New("the file is empty")
	case strings.ContainsAny(content, "\r\n"):
		return "", errors.New("the file has several lines")
	}
	return content, nil
}

// List reads a list of people and user groups from a file, however long that takes: one id a line. Blank lines do not matter, nor
// what follows a #. It fails if the list is empty, or else names every line that is no id, by its number
// and not by what it says.
func List(path string) ([]string, error) {
	content, err := contentOf(path)
	if err != nil {
		return nil, err
	}
	var ids []string
	var wrong []error
	n := 0
	for line := range strings.Lines(content) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if _, err := auth.Allowlist([]string{line}); err != nil {
			wrong = append(wrong, fmt.Errorf("line %d is not the id of a Slack user (U… or W…) or user group (S…)", n))
			continue
		}
		ids = append(ids, line)
	}
	switch {
	case len(wrong) > 0:
		return nil, errors.Join(wrong...)
	case len(ids) == 0:
		return nil, errors.New("there is no id in the file")
	}
	return auth.Allowlist(ids) // without duplicates
}

// listIn is List in the form that the list has in its variable.
func listIn(path string) (string, error) {
	ids, err := List(path)
	return strings.Join(ids, ","), err
}
