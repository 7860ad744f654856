package organization

import (
	"fmt"
	"strings"
	"time"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

// PostClass is what kind of work a post is (H-12).
type PostClass string

// The classes.
const (
	Management PostClass = "management" // 管理类
	Back       PostClass = "back"       // 后台类
	Front      PostClass = "front"      // 前台类
)

func (c PostClass) known() bool { return c == Management || c == Back || c == Front }

// Post is a position that staff hold. Posts are the nation's: every centre has the same.
type Post struct {
	ID     PostID    `json:"id" audit:"-"`
	Code   string    `json:"code"`
	NameZH string    `json:"name_zh"`
	NameEN string    `json:"name_en"`
	Class  PostClass `json:"class"`
	// ReviewMonths is how long an issued description stands before it must be looked through again (P-10).
	ReviewMonths int       `json:"review_months"`
	State        State     `json:"state"`
	Version      int       `json:"version" audit:"-"`
	UpdatedBy    string    `json:"updated_by" audit:"-"`
	CreatedAt    time.Time `json:"created_at" audit:"-"`
	UpdatedAt    time.Time `json:"updated_at" audit:"-"`
}

// Label is how people call a post.
func (p Post) Label() string { return p.Code + " " + p.NameZH }

// NewPost is what is needed to make a post.
type NewPost struct {
	Code, NameZH, NameEN string
	Class                PostClass
	ReviewMonths         int // 0: 12
}

// PostUpdate is what of a post can be changed; all of it is set.
type PostUpdate struct {
	Version        int
	NameZH, NameEN string
	Class          PostClass
	ReviewMonths   int
	State          State
}

// Faults of posts and descriptions.
var (
	ErrNoPost        = fault.New(fault.NotFound, "organization.no_such_post", "there is no such post")
	ErrNoDescription = fault.New(fault.NotFound, "organization.no_such_description", "the post has no such job description")
	// ErrNationOnly refuses to change what is the same for all provinces.
	ErrNationOnly = fault.New(fault.Denied, "organization.nation_only", "posts, their descriptions and the list of skills are the same in the whole nation").
			WithRemedy("ask a national administrator")
	// ErrOwnWork is the two-person rule (P-10: approved by management).
	ErrOwnWork = fault.New(fault.Denied, "organization.own_work", "whoever wrote on a job description does not approve it").
			WithRemedy("ask somebody else who may issue job descriptions")
	errPostCode    = fault.New(fault.Conflict, "organization.post_code_taken", "another post has this code").WithFields(fault.Field{Location: "body.code", Code: "organization.post_code_taken", Message: "is taken"})
	errPostInUse   = fault.New(fault.Conflict, "organization.post_in_use", "the post is still held").WithRemedy("give its holders other posts first")
	errPostClosed  = fault.New(fault.Conflict, "organization.post_closed", "the post is closed").WithRemedy("open it again first")
	errIncomplete  = fault.New(fault.Conflict, "organization.description_incomplete", "the job description is not complete").WithRemedy("fill in duties, authority, subordinates and qualifications")
	errNotIssued   = fault.New(fault.Conflict, "organization.description_replaced", "this edition is not the issued one any more").WithRemedy("read the edition that is issued now")
	errNoPostOfOwn = fault.New(fault.NotFound, "organization.no_own_description", "you hold no post with an issued job description")
)

const codeInvalidPost = "organization.invalid_post"

func (n NewPost) normalise() (NewPost, error) {
	n.Code = strings.ToUpper(strings.TrimSpace(n.Code))
	n.NameZH, n.NameEN = strings.TrimSpace(n.NameZH), strings.TrimSpace(n.NameEN)
	if n.ReviewMonths == 0 {
		n.ReviewMonths = 12
	}
	var f fault.Fields
	checkUnitCode(&f, "body.code", n.Code)
	checkPost(&f, n.NameZH, n.NameEN, n.Class, n.ReviewMonths)
	return n, f.Err(codeInvalidPost, "the post cannot be made as it is")
}

func (u PostUpdate) normalise() (PostUpdate, error) {
	u.NameZH, u.NameEN = strings.TrimSpace(u.NameZH), strings.TrimSpace(u.NameEN)
	var f fault.Fields
	checkPost(&f, u.NameZH, u.NameEN, u.Class, u.ReviewMonths)
	f.Check(u.State == Active || u.State == Closed, "body.state", fieldUnknown, "is not active or closed")
	return u, f.Err(codeInvalidPost, "the post cannot be saved as it is")
}

func checkPost(f *fault.Fields, zh, en string, class PostClass, months int) {
	checkName(f, "body.name_zh", zh)
	checkName(f, "body.name_en", en)
	f.Check(class.known(), "body.class", fieldUnknown, "is not management, back or front")
	f.Check(months >= 1 && months <= 60, "body.review_months", fieldFormat, "is not 1 to 60 months")
}

type descriptionKind struct{}

// DescriptionID identifies one edition of a job description.
type DescriptionID = ident.ID[descriptionKind]

// DescriptionState tells how far an edition is: draft ──> issued ──> withdrawn.
type DescriptionState string

// The states. A post has at most one draft and one issued edition; issuing one withdraws the one before.
const (
	Draft     DescriptionState = "draft"
	Issued    DescriptionState = "issued"    // approved by management, and for the holders to acknowledge
	Withdrawn DescriptionState = "withdrawn" // kept for ever: people were bound by it
)

// Description is one edition of what a post is (P-10). Its texts are Markdown.
type Description struct {
	ID      DescriptionID    `json:"id" audit:"-"`
	Post    PostID           `json:"post_id" audit:"-"`
	Edition int              `json:"edition"`
	State   DescriptionState `json:"state"`
	DescriptionText
	Authors     []string   `json:"authors"`     // staff numbers of everybody who wrote on it
	ApprovedBy  string     `json:"approved_by"` // number and name
	ApprovedAt  *time.Time `json:"approved_at"`
	ReviewBy    Day        `json:"review_by"` // looked through again until then
	WithdrawnAt *time.Time `json:"withdrawn_at"`
	Version     int        `json:"version" audit:"-"`
	UpdatedBy   string     `json:"updated_by" audit:"-"`
	CreatedAt   time.Time  `json:"created_at" audit:"-"`
	UpdatedAt   time.Time  `json:"updated_at" audit:"-"`

	ReportsToCode string `json:"reports_to_code" audit:"-"`
	ReportsToZH   string `json:"reports_to_zh" audit:"-"`
	ReportsToEN   string `json:"reports_to_en" audit:"-"`
}

// DescriptionText is what an edition says.
type DescriptionText struct {
	Duties         string `json:"duties"`
	Authority      string `json:"authority"`
	Subordinates   string `json:"subordinates"`
	Qualifications string `json:"qualifications"`
	ReportsTo      PostID `json:"reports_to"` // the post above; none at the top
}

const maxDescription = 20_000 // characters of each part

func (d DescriptionText) normalise(post PostID) (DescriptionText, error) {
	var f fault.Fields
	for _, p := range []struct {
		name string
		text *string
	}{{"duties", &d.Duties}, {"authority", &d.Authority}, {"subordinates", &d.Subordinates}, {"qualifications", &d.Qualifications}} {
		*p.text = strings.TrimSpace(*p.text)
		checkText(&f, "body."+p.name, *p.text, maxDescription)
	}
	f.Check(d.ReportsTo.IsZero() || d.ReportsTo != post, "body.reports_to", "organization.cycle", "a post does not report to itself")
	return d, f.Err("organization.invalid_description", "the job description cannot be saved as it is")
}

// complete tells whether everything is said that P-10 asks for.
func (d DescriptionText) complete() error {
	for _, p := range []struct{ name, text string }{
		{"duties", d.Duties}, {"authority", d.Authority}, {"subordinates", d.Subordinates}, {"qualifications", d.Qualifications},
	} {
		if p.text == "" {
			return fault.New(fault.Conflict, errIncomplete.Code, "the job description says nothing about %s", p.name).WithRemedy("%s", errIncomplete.Remedy)
		}
	}
	return nil
}

// label names an edition for the audit.
func (d Description) label(p Post) string { return fmt.Sprintf("%s, %d", p.Label(), d.Edition) }
