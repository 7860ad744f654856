package projection

import (
	"github.com/google/uuid"

	"yingda/internal/platform/secret"
)

// purposeAside seals entries that were put aside.
const purposeAside secret.Purpose = "interaction.unprojected"

func asideContext(id uuid.UUID) string { return "interaction.unprojected/" + id.String() }
