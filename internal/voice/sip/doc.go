// Package sip makes calls: dialogs of SIP (RFC 3261) with trunks and desk phones.
package sip
