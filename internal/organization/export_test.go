package organization

import "yingda/internal/platform/ident"

// NewCentreID, NewAreaID make ids for trees that tests put together by hand.
func NewCentreID() CentreID { return ident.New[centreKind]() }

// NewAreaID is the same for service areas.
func NewAreaID() AreaID { return ident.New[areaKind]() }
