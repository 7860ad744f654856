package e2e

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/test/e2e/house"
)

// The pages in a real browser, against the real program: the scenarios stand in web/e2e.
func TestPagesWorkInTheBrowser(t *testing.T) {
	t.Parallel()
	mail := house.NewMailServer(t)
	sip := house.FreeSIP(t)
	y := house.Start(t, append(mail.Args(), "--data-dir", house.Dir(t), "--demo", "--sip", sip)...)
	cmd := exec.Command("npm", "run", "--silent", "e2e")
	cmd.Dir = "../../web"
	cmd.Env = append(house.Environ(), "YINGDA_URL="+y.URL, "YINGDA_PROGRAM="+house.Binary(t), "YINGDA_SIP="+sip, "YINGDA_SHOTS="+os.Getenv("YINGDA_SHOTS"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	t.Log(string(out))
	y.Stop()
}
