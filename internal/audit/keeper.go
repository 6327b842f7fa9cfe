package audit

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// Keeper signs the ends of logs and keeps them in a file outside the database.
// It is safe for concurrent use.
type Keeper struct {
	key  ed25519.PrivateKey
	path string // of the file of heads; empty: they are not kept
	mu   sync.Mutex
	last map[string]int64 // the last number kept of each site; nil: not looked yet
}

// NewKeeper returns a keeper that signs with a key and adds to a file.
func NewKeeper(key ed25519.PrivateKey, path string) *Keeper { return &Keeper{key: key, path: path} }

// Sign returns the head of a site's log, signed.
func (k *Keeper) Sign(site string, seq int64, hash string, at time.Time) Head {
	return Sign(k.key, site, seq, hash, at)
}

// Keep adds a head to the file, on the disk when it returns, unless the file has
// one of that site and number already.
func (k *Keeper) Keep(h Head) error {
	if k.path == "" {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.look(); err != nil {
		return err
	}
	if k.last[h.Site] >= h.Seq {
		return nil
	}
	line, err := h.Line()
	if err != nil {
		return err
	}
	if err := appendTo(k.path, line); err != nil {
		return fmt.Errorf("keep signed head: %w", err)
	}
	k.last[h.Site] = h.Seq
	return nil
}

// look reads once what the file has. A line that a crash left half written is
// taken off it: nobody was told that it was kept.
func (k *Keeper) look() error {
	if k.last != nil {
		return nil
	}
	text, err := os.ReadFile(k.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read signed heads: %w", err)
	}
	whole := bytes.LastIndexByte(text, '\n') + 1
	if whole < len(text) {
		if err := os.Truncate(k.path, int64(whole)); err != nil {
			return fmt.Errorf("mend signed heads: %w", err)
		}
	}
	last := map[string]int64{}
	for lines := bufio.NewScanner(bytes.NewReader(text[:whole])); lines.Scan(); {
		if h, err := readHead(lines.Bytes()); err == nil {
			last[h.Site] = max(last[h.Site], h.Seq)
		}
	}
	k.last = last
	return nil
}

// appendTo adds a line to a file that only its owner may write.
func appendTo(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(line); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

// OpenKey reads the key of a file, or makes one that only its owner may read if
// there is none.
func OpenKey(path string) (ed25519.PrivateKey, error) {
	key, err := LoadKey(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	_, key, err = ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	text, err := MarshalKey(key)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return LoadKey(path) // another process was faster
	}
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return key, nil
}

// LoadKey reads the key of a file; fs.ErrNotExist if there is none. A file that
// others may read holds no secret and is refused.
func LoadKey(path string) (ed25519.PrivateKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("key %s can be read by others (%s); chmod 600 it", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, maxLine))
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	key, err := ParseKey(text)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", path, err)
	}
	return key, nil
}
