package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
)

const (
	keySize   = 32
	nonceSize = 24
	tagSize   = 16
)

// xaes is XAES-256-GCM as C2SP.org/XAES-256-GCM defines it: the first half of the nonce derives a
// one-message key with the counter-mode KDF of NIST SP 800-108r1 over AES-CMAC, the second half is the GCM nonce.
type xaes struct {
	block cipher.Block
	k1    [aes.BlockSize]byte // CMAC subkey, RFC 4493 section 2.3
}

func newXAES(key []byte) (*xaes, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	x := &xaes{block: block}
	block.Encrypt(x.k1[:], x.k1[:])
	msb := x.k1[0] >> 7
	for i := range x.k1 {
		x.k1[i] <<= 1
		if i+1 < len(x.k1) {
			x.k1[i] |= x.k1[i+1] >> 7
		}
	}
	x.k1[len(x.k1)-1] ^= 0x87 * msb
	return x, nil
}

func (x *xaes) seal(dst, nonce, plaintext, associated []byte) ([]byte, error) {
	gcm, err := x.derive(nonce)
	if err != nil {
		return nil, err
	}
	return gcm.Seal(dst, nonce[12:], plaintext, associated), nil
}

func (x *xaes) open(dst, nonce, ciphertext, associated []byte) ([]byte, error) {
	gcm, err := x.derive(nonce)
	if err != nil {
		return nil, err
	}
	return gcm.Open(dst, nonce[12:], ciphertext, associated)
}

func (x *xaes) derive(nonce []byte) (cipher.AEAD, error) {
	var key [keySize]byte
	for half := range 2 {
		out := key[half*aes.BlockSize : (half+1)*aes.BlockSize]
		copy(out, []byte{0, byte(half + 1), 'X', 0})
		copy(out[4:], nonce[:12])
		subtle.XORBytes(out, out, x.k1[:])
		x.block.Encrypt(out, out)
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
