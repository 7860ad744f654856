package identity

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

type (
	accountKind    struct{}
	roleKind       struct{}
	assignmentKind struct{}
	sessionKind    struct{}
	tokenKind      struct{}
	ruleKind       struct{}
	signInKind     struct{}
)

// The ids of this package.
type (
	AccountID    = ident.ID[accountKind]
	RoleID       = ident.ID[roleKind]
	AssignmentID = ident.ID[assignmentKind]
	SessionID    = ident.ID[sessionKind]
	TokenID      = ident.ID[tokenKind]
	RuleID       = ident.ID[ruleKind]
	SignInID     = ident.ID[signInKind]
)

// State is the state of an account.
type State string

// The states of an account.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Left      State = "left" // for ever: whoever comes back gets a new staff number
)

// Account is an account with the member of staff it belongs to.
type Account struct {
	ID                 AccountID
	Staff              uuid.UUID
	Number, Name       string
	Centre             uuid.UUID
	State              State
	StateReason        string
	HasPassword        bool
	MustChangePassword bool
	PasswordChangedAt  *time.Time
	TOTP               bool // confirmed
	LastSignInAt       *time.Time
	Version            int
	CreatedAt          time.Time
}

// Grant asks that an account have a role at a centre.
type Grant struct {
	Role   RoleID
	Centre uuid.UUID
	From   time.Time  // zero: now
	Until  *time.Time // nil: until it is taken away
}

// Assignment is a grant that was made, with the names that people read.
type Assignment struct {
	ID             AssignmentID
	Account        AccountID
	Role           RoleID
	RoleCode       string
	RoleZH, RoleEN string
	Permissions    []actor.Permission
	Centre         uuid.UUID
	CentreName     string
	ValidFrom      time.Time
	ValidUntil     *time.Time
	Reason         string
	GrantedBy      string
	CreatedAt      time.Time
	EndedAt        *time.Time
	EndedBy        string
}

// Origin is where a request came from.
type Origin struct{ Address, UserAgent string }

// Pending codes: what a signed-in person must do before anything else.
const (
	PendingTOTP           = "identity.must_enter_totp" // the second step of the sign-in
	PendingPassword       = "identity.must_change_password"
	PendingEnrollTOTP     = "identity.must_enroll_totp"
	PendingAcknowledgment = "identity.must_acknowledge_policy"
)

// The faults that callers branch on.
var (
	ErrNoAccount = fault.New(fault.NotFound, "identity.no_such_account", "there is no such account")
	ErrNoRole    = fault.New(fault.NotFound, "identity.no_such_role", "there is no such role")
	ErrNoSession = fault.New(fault.NotFound, "identity.no_such_session", "there is no such session")
	ErrNoToken   = fault.New(fault.NotFound, "identity.no_such_token", "there is no such token")
	ErrNoRule    = fault.New(fault.NotFound, "identity.no_such_rule", "there is no such rule")

	ErrWrongCredentials = fault.New(fault.Unauthenticated, "identity.wrong_credentials", "staff number or password is wrong").
				WithRemedy("check both; after several failures you have to wait, and an administrator can reset the password")
	ErrTOTPRequired = fault.New(fault.Unauthenticated, "identity.totp_required", "the code of your authenticator is needed").
			WithRemedy("enter its six digits, or one of your recovery codes")
	ErrWrongCode = fault.New(fault.Unauthenticated, "identity.wrong_code", "the code is wrong or was used before").
			WithRemedy("wait for the next code and check the clock of your phone")
	ErrSuspended = fault.New(fault.Denied, "identity.account_suspended", "this account may not sign in now").
			WithRemedy("ask your administrator")
	ErrBusy = fault.New(fault.Unavailable, "identity.busy", "too many people are signing in at this moment").
		WithRemedy("try again in some seconds")
	ErrNoPassword = fault.New(fault.Conflict, "identity.no_password", "this account has no password").
			WithRemedy("an administrator can give a temporary one")
)
