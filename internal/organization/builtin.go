package organization

import (
	_ "embed"
	"strings"
)

//go:embed data/places.tsv
var placesFile string

// ownerProgram is the owner of the tables that come with the program until an operator names its own.
const ownerProgram = "应答"

// BuiltIn gives the tables that come with the program: provinces, cities with their area codes, services.
// [Service.Prepare] publishes them; until then they serve as they are.
func BuiltIn() []*Codes {
	provinces, cities := readPlaces(placesFile)
	return []*Codes{
		NewCodes(CodeTable{Code: TableProvince, NameZH: "省份", NameEN: "Provinces", Owner: ownerProgram}, provinces),
		NewCodes(CodeTable{Code: TableCity, NameZH: "地市与长途区号", NameEN: "Cities and area codes", Owner: ownerProgram}, cities),
		NewCodes(CodeTable{Code: TableService, NameZH: "服务种类", NameEN: "Services", Owner: ownerProgram}, builtInServices()),
	}
}

// readPlaces reads the lines of data/places.tsv, whose head says what they are.
func readPlaces(file string) (provinces, cities []CodeItem) {
	for line := range strings.Lines(file) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		field := strings.Split(line+"\t\t\t\t", "\t")
		item := CodeItem{Code: field[0], ZH: field[1], EN: field[2], Initials: field[3], Extra: map[string]string{}}
		if strings.HasSuffix(item.Code, "0000") {
			provinces = append(provinces, item)
			continue
		}
		item.Parent = item.Code[:2] + "0000"
		item.Extra[extraAreaCode] = field[4]
		cities = append(cities, item)
	}
	return provinces, cities
}

func builtInServices() []CodeItem {
	return []CodeItem{
		{Code: "hotline", ZH: "客服热线", EN: "Service hotline", Initials: "kfrx", Sort: 1},
		{Code: "information", ZH: "信息服务", EN: "Information line", Initials: "xxfw", Sort: 2},
		{Code: "vip", ZH: "大客户专线", EN: "VIP line", Initials: "dkhzx", Sort: 3},
		{Code: "enterprise", ZH: "政企服务", EN: "Enterprise service", Initials: "zqfw", Sort: 4},
		{Code: "electronic", ZH: "电子渠道", EN: "Electronic channels", Initials: "dzqd", Sort: 5},
		{Code: "complaint", ZH: "投诉处理", EN: "Complaints", Initials: "tscl", Sort: 6},
		{Code: "outbound", ZH: "外呼服务", EN: "Outbound calls", Initials: "whfw", Sort: 7},
		{Code: "hall", ZH: "营业厅服务", EN: "Service halls", Initials: "yytfw", Sort: 8},
	}
}
