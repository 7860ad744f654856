package organization_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/organization"
)

func TestPlacesOfChinaAreComplete(t *testing.T) {
	t.Parallel()
	tables := map[string]*organization.Codes{}
	for _, c := range organization.BuiltIn() {
		tables[c.Table.Code] = c
	}
	provinces, cities := tables[organization.TableProvince], tables[organization.TableCity]
	require.Len(t, provinces.Items(), 34, "31 provinces (NUM-87), Hong Kong, Macao and Taiwan")
	areaCode := regexp.MustCompile(`^0[1-9][0-9]{1,2}$`)
	perProvince := map[string]int{}
	prefectures := 0
	for _, c := range cities.Items() {
		_, known := provinces.Find(c.Parent)
		require.True(t, known, "%s %s", c.Code, c.ZH)
		require.Regexp(t, `^[1-6][0-9]{5}$`, c.Code)
		require.Equal(t, c.Code[:2], c.Parent[:2], c.ZH)
		require.Regexp(t, areaCode, c.Extra["area_code"], c.ZH)
		require.Regexp(t, `^[a-z]{2,6}$`, c.Initials, c.ZH)
		require.NotEmpty(t, c.EN, c.ZH)
		require.Regexp(t, `(市|盟|自治州|地区|县|林区)$`, c.ZH)
		perProvince[c.Parent]++
		if strings.HasSuffix(c.Code, "00") {
			prefectures++
		}
	}
	require.Equal(t, 333+4, prefectures, "333 prefectures and the four municipalities")
	require.Len(t, perProvince, 31, "every province of the mainland has cities")
	require.Equal(t, 21, perProvince["440000"])
	require.Equal(t, 4+15, perProvince["460000"])
}

func TestKnownPlacesHaveTheirCodes(t *testing.T) {
	t.Parallel()
	places := builtInPlaces()
	for code, want := range map[string][2]string{
		"110100": {"北京市", "010"}, "310100": {"上海市", "021"}, "120100": {"天津市", "022"}, "500100": {"重庆市", "023"},
		"440100": {"广州市", "020"}, "440300": {"深圳市", "0755"}, "460100": {"海口市", "0898"}, "460200": {"三亚市", "0898"},
		"210100": {"沈阳市", "024"}, "320100": {"南京市", "025"}, "420100": {"武汉市", "027"}, "510100": {"成都市", "028"},
		"610100": {"西安市", "029"}, "130100": {"石家庄市", "0311"}, "330100": {"杭州市", "0571"}, "650100": {"乌鲁木齐市", "0991"},
		"540100": {"拉萨市", "0891"}, "150100": {"呼和浩特市", "0471"}, "429004": {"仙桃市", "0728"}, "659001": {"石河子市", "0993"},
	} {
		c, ok := places.City(code)
		require.True(t, ok, code)
		require.Equal(t, want, [2]string{c.ZH, c.Extra["area_code"]})
		require.Contains(t, places.CitiesOf(want[1]), code)
	}
	require.Equal(t, []string{"430100", "430200", "430300"}, places.CitiesOf("0731"), "three cities share it")
	require.Equal(t, []string{"440100"}, places.CitiesOf("20"), "with or without the leading zero")
	require.Equal(t, "440000", places.ProvinceOf("440106"))
	require.Empty(t, places.ProvinceOf("abc"))
	require.Equal(t, "460000", places.ProvinceOfArea("0898"))
	require.Empty(t, places.ProvinceOfArea("0100"))
	_, ok := places.CityOf("999999")
	require.False(t, ok)
}
