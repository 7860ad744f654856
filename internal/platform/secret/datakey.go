package secret

import "crypto/rand"

// DataKey encrypts one large thing, such as a recording. It is stored only wrapped; see [Ring.NewDataKey].
type DataKey struct{ key [keySize]byte }

// String hides the key from prints.
func (DataKey) String() string { return hidden }

// GoString hides the key from %#v.
func (DataKey) GoString() string { return hidden }

// NewDataKey makes a key and its wrapped form. The caller stores the wrapped form beside the thing;
// deleting it erases the thing for good, wherever copies lie.
func (r *Ring) NewDataKey(purpose Purpose, context string) (key DataKey, wrapped []byte, err error) {
	_, _ = rand.Read(key.key[:]) // never fails
	wrapped, err = r.Seal(purpose, context, key.key[:])
	return key, wrapped, err
}

// OpenDataKey unwraps a key. [Ring.Rewrap] renews the wrapped form.
func (r *Ring) OpenDataKey(purpose Purpose, context string, wrapped []byte) (DataKey, error) {
	raw, err := r.Open(purpose, context, wrapped)
	if err != nil {
		return DataKey{}, err
	}
	if len(raw) != keySize {
		return DataKey{}, ErrNotAuthentic
	}
	var k DataKey
	copy(k.key[:], raw)
	clear(raw)
	return k, nil
}
