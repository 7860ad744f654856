// Package organization holds who belongs where: centres, the areas they serve, teams, staff, posts, skills,
// and the code tables that everybody's places are written in.
//
// # Words
//
// A centre (中心) is a part of the operator's service organisation. Centres stand in one [Tree]: one nation,
// provinces, cities, and sites below a city (H-1). A centre's place is where it stands, as GB/T 2260 codes
// (440000, 440100). A team (班组) belongs to a centre, has a leader and perhaps a shift word (early, late,
// night). A member of staff has a staff number (工号) for life, belongs to a centre and perhaps to a team,
// and holds a post (岗位) with a versioned job description that is issued to and acknowledged by its holders
// (H-12, P-10). A skill has levels, and is held from a day until a day.
//
// A service area (服务区域) says which centre serves which service for whom: for a called number, a city, an
// area code, a province or the nation. Areas stand apart from the tree (H-19): the centre of one city may
// serve five cities' hotline and the whole province's information line. [Tree.Serve] answers "who serves
// this", and why: the most specific area that matches wins.
//
// A code table (码表) is a list of codes with an owner and versions (H-18): provinces, cities with their
// area codes, services, and whatever later domains need. A version is never changed; each publication makes
// a new one with its difference. The tables in [BuiltIn] come with the program and are there from the start.
//
// # States
//
//	centre, team:  active ──> closed      only when nothing active is left in it; a closed one is kept for history
//	staff:         active <──> suspended, and both ──> left
//	service area:  holds from valid_from until before valid_until
//	code version:  published; the newest one is read, older ones stay readable
//
// # Invariants
//
// There is one nation, it has no parent, and it is not closed or moved. Levels descend from parent to child;
// only a site may stand below a site. A centre below a province lies in that province. Changes of the tree
// happen one after another (they hold the revision row), so two moves cannot make a cycle together.
//
// What a permission held at a centre covers is [Tree.Scope]: the centre, all below it, and the places where
// they stand or that their service areas give them. The scope of a child lies within that of its parent.
// Because an area widens a scope, it is given only by those whose own centres stand in its place: what an area
// lends cannot be lent on, or prolonged, by whom it was lent to.
//
// Everything outside of the asker's scope is not found. Every change writes an audit entry and an outbox
// event in its transaction. Editable rows carry a version; an edit based on an older one is refused with
// organization.changed_meanwhile, naming who changed the row and when.
//
// # Tables
//
// All of schema organization: centre, team, staff, revision, service_area, code_table, code_version,
// code_item, and those of posts and skills.
//
// # Caches and failure
//
// [Service.Tree] and [Service.Codes] give immutable snapshots. A process sees its own changes at once and
// those of others after 2 seconds at most. While the database is away the last snapshot goes on serving, so
// that sign-in from snapshots and call handling keep working; without any snapshot the error is the database's.
package organization
