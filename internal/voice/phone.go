package voice

import (
	"crypto/md5" // RFC 2617 phones know nothing else
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/secret"
)

// Phone is a desk phone, or a program that acts as one. Its number is its SIP user too.
type Phone struct {
	ID          PhoneID               `json:"id" audit:"-"`
	Number      string                `json:"number"`
	DisplayName string                `json:"display_name"`
	Centre      organization.CentreID `json:"centre_id"`
	Staff       organization.StaffID  `json:"staff_id"` // whose phone it is; zero: nobody's
	StaffNumber string                `json:"staff_number" audit:"-"`
	StaffName   privacy.Name          `json:"staff_name" audit:"-" privacy:"name"`
	Realm       string                `json:"realm" audit:"-"`
	PasswordAt  time.Time             `json:"password_at" audit:"-"`
	Disabled    bool                  `json:"disabled"`
	Note        string                `json:"note"`
	Version     int                   `json:"version" audit:"-"`
	UpdatedAt   time.Time             `json:"updated_at" audit:"-"`
	UpdatedBy   string                `json:"updated_by" audit:"-"`
}

// PhoneSpec is what is given when a phone is made or changed. The number never changes: the hashes hold it.
type PhoneSpec struct {
	Number      string
	DisplayName string
	Centre      organization.CentreID
	StaffNumber string // empty: nobody's
	Disabled    bool
	Note        string
}

// Faults of phones.
var (
	ErrNoPhone    = fault.New(fault.NotFound, "voice.no_such_phone", "there is no such phone")
	ErrPhoneTaken = fault.New(fault.Conflict, "voice.phone_number_taken", "another phone has this number").WithRemedy("choose another number")
	ErrPhoneInUse = fault.New(fault.Conflict, "voice.phone_in_use", "a called number leads to this phone").
			WithRemedy("lead the called number elsewhere first")
)

var phoneNumber = regexp.MustCompile(`^[0-9]{2,12}$`)

// normalise trims and checks everything at once. The staff member, id, version and editor are not filled in.
func (e PhoneSpec) normalise(in surroundings) (Phone, error) {
	var f fault.Fields
	p := Phone{
		Number: strings.TrimSpace(e.Number), DisplayName: strings.TrimSpace(e.DisplayName), Centre: e.Centre,
		StaffNumber: strings.TrimSpace(e.StaffNumber), Disabled: e.Disabled, Note: strings.TrimSpace(e.Note),
	}
	if p.Number == "" {
		f.Add("body.number", fieldRequired, "is missing")
	} else {
		f.Check(phoneNumber.MatchString(p.Number), "body.number", fieldFormat, "is 2 to 12 digits")
	}
	checkText(&f, "body.display_name", p.DisplayName, 1, 100)
	f.Check(!strings.ContainsAny(p.DisplayName, "\"\\\r\n"), "body.display_name", fieldFormat, "has characters that no SIP name has")
	checkText(&f, "body.note", p.Note, 0, 1000)
	in.checkCentre(&f, p.Centre)
	return p, f.Err("voice.invalid_phone", "the phone cannot be saved as it is")
}

// passwordLetters leaves out what people confuse: 0 O, 1 l I, 5 S, 2 Z.
const passwordLetters = "abcdefghijkmnpqrstuvwxy346789ACDEFHJKLMNPQRTUVWXY"

// newPassword makes a password of 20 letters, some 112 bits: phones are attacked with programs, and nobody learns it by heart.
func newPassword() secret.String {
	const length = 20
	out := make([]byte, 0, length)
	buf := make([]byte, 64)
	for len(out) < length {
		_, _ = rand.Read(buf) // never fails
		for _, b := range buf {
			// 5 x 49 = 245: what is above would favour the first letters.
			if int(b) < 5*len(passwordLetters) && len(out) < length {
				out = append(out, passwordLetters[int(b)%len(passwordLetters)])
			}
		}
	}
	return secret.Hide(string(out))
}

// hashes are the two that digest authentication knows (RFC 8760). They are as good as the password within the realm,
// and so they are sealed.
type hashes struct {
	MD5    string `json:"md5"`
	SHA256 string `json:"sha256"`
}

// hashesOf makes HA1 = H(user:realm:password) of RFC 7616, section 3.4.2.
func hashesOf(user, realm string, password secret.String) hashes {
	text := []byte(user + ":" + realm + ":" + password.Reveal())
	m, s := md5.Sum(text), sha256.Sum256(text)
	return hashes{MD5: hex.EncodeToString(m[:]), SHA256: hex.EncodeToString(s[:])}
}

// of gives the hash for an algorithm as it stands in a challenge.
func (h hashes) of(algorithm string) (string, bool) {
	switch strings.ToUpper(algorithm) {
	case "", "MD5":
		return h.MD5, true
	case "SHA-256":
		return h.SHA256, true
	}
	return "", false
}

const (
	purposePhone secret.Purpose = "voice.phone_ha1"
	purposeTrunk secret.Purpose = "voice.trunk_password"
)

func phoneContext(id PhoneID) string { return "voice.phone/" + id.String() + "/ha1" }
func trunkContext(id TrunkID) string { return "voice.trunk/" + id.String() + "/password" }

func sealHashes(ring *secret.Ring, id PhoneID, h hashes) ([]byte, error) {
	plain, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("write the hashes of a phone: %w", err)
	}
	return ring.Seal(purposePhone, phoneContext(id), plain)
}

func openHashes(ring *secret.Ring, id PhoneID, sealed []byte) (h hashes, err error) {
	plain, err := ring.Open(purposePhone, phoneContext(id), sealed)
	if err != nil {
		return hashes{}, err
	}
	if err := json.Unmarshal(plain, &h); err != nil {
		return hashes{}, fmt.Errorf("read the hashes of a phone: %w", err)
	}
	return h, nil
}

func newPhoneID() PhoneID { return ident.New[phoneKind]() }
