package actor

// Role names a ready role: one that every installation has and nobody can change. Whoever wants another
// set of permissions makes a role of their own from a copy. The permissions of a ready role are those whose
// [Definition] names it, so a new domain extends them by declaring its own.
type Role string

// The ready roles (requirements page 1, H-2 to H-4).
const (
	NationAdmin        Role = "nation_admin"
	ProvinceAdmin      Role = "province_admin"
	CityAdmin          Role = "city_admin"
	NationManager      Role = "nation_manager"
	ProvinceManager    Role = "province_manager"
	CityManager        Role = "city_manager"
	Auditor            Role = "auditor"
	ShiftLeader        Role = "shift_leader"
	Agent              Role = "agent"
	OutboundAgent      Role = "outbound_agent"
	BackOffice         Role = "back_office"
	QualityInspector   Role = "quality_inspector"
	Trainer            Role = "trainer"
	Planner            Role = "planner"
	KnowledgeSubmitter Role = "knowledge_submitter"
	KnowledgeReviewer  Role = "knowledge_reviewer"
	KnowledgeEntry     Role = "knowledge_entry"
	HallManager        Role = "hall_manager"
	HallGreeter        Role = "hall_greeter"
	HallConsultant     Role = "hall_consultant"
	HallClerk          Role = "hall_clerk"
	VIPManager         Role = "vip_manager"
	EnterpriseManager  Role = "enterprise_manager"
	RetentionManager   Role = "retention_manager"
	MonitoringCentre   Role = "monitoring_centre"
	ProductSupport     Role = "product_support"
	Configuration      Role = "configuration"
	FieldTechnician    Role = "field_technician"
)

// Level is the level of a centre at which a role can be given.
type Level string

// The levels of the organisation (H-1); a site is deeper than a city: a hall, a second room of seats.
const (
	Nation   Level = "nation"
	Province Level = "province"
	City     Level = "city"
	Site     Level = "site"
)

// ReadyRole describes a ready role.
type ReadyRole struct {
	Role   Role
	Levels []Level
	ZH, EN string
}

var (
	atNation     = []Level{Nation}
	atProvince   = []Level{Province}
	atCity       = []Level{City, Site}
	atEveryLevel = []Level{Nation, Province, City, Site}
	belowNation  = []Level{Province, City, Site}
)

// ReadyRoles lists the ready roles in the order people read them. The slice is the caller's.
func ReadyRoles() []ReadyRole {
	return []ReadyRole{
		{NationAdmin, atNation, "全国系统管理员", "National administrator"},
		{ProvinceAdmin, atProvince, "省系统管理员", "Provincial administrator"},
		{CityAdmin, atCity, "地市系统管理员", "City administrator"},
		{NationManager, atNation, "全国中心经理", "National centre manager"},
		{ProvinceManager, atProvince, "省中心经理", "Provincial centre manager"},
		{CityManager, atCity, "地市中心经理", "City centre manager"},
		{Auditor, []Level{Nation, Province}, "审计员", "Auditor"},
		{ShiftLeader, atEveryLevel, "值班长", "Shift leader"},
		{Agent, atEveryLevel, "客服代表", "Agent"},
		{OutboundAgent, atEveryLevel, "外呼代表", "Outbound agent"},
		{BackOffice, atEveryLevel, "后台处理员", "Back-office handler"},
		{QualityInspector, atEveryLevel, "质检员", "Quality inspector"},
		{Trainer, atEveryLevel, "培训师", "Trainer"},
		{Planner, atEveryLevel, "排班员", "Planner"},
		{KnowledgeSubmitter, atEveryLevel, "知识提交人", "Knowledge submitter"},
		{KnowledgeReviewer, atEveryLevel, "知识审核人", "Knowledge reviewer"},
		{KnowledgeEntry, atEveryLevel, "知识入库人", "Knowledge entry clerk"},
		{HallManager, atCity, "厅经理", "Hall manager"},
		{HallGreeter, atCity, "迎导", "Hall greeter"},
		{HallConsultant, atCity, "流动咨询员", "Roaming consultant"},
		{HallClerk, atCity, "营业员", "Hall clerk"},
		{VIPManager, belowNation, "大客户经理", "VIP manager"},
		{EnterpriseManager, belowNation, "政企客户经理", "Enterprise manager"},
		{RetentionManager, belowNation, "维系经理", "Retention manager"},
		{MonitoringCentre, belowNation, "政企监控中心", "Enterprise monitoring centre"},
		{ProductSupport, belowNation, "产品支撑", "Product support"},
		{Configuration, belowNation, "业务配置", "Configuration"},
		{FieldTechnician, atCity, "装维人员", "Field technician"},
	}
}
