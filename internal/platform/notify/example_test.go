package notify_test

import (
	"fmt"

	"yingda/internal/platform/notify"
)

func ExampleParsePhone() {
	fmt.Println(notify.ParsePhone("138 0013 8000"))
	fmt.Println(notify.ParsePhone("0571-88886666")) // a fixed line takes no text messages
	// Output:
	// +8613800138000 true
	//  false
}
