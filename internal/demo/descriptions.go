package demo

import "yingda/internal/organization"

// post is a post of the demonstration with what its job description says.
type post struct {
	code, zh, en string
	class        organization.PostClass
	above        string // code of the post it reports to
	duties       string
	authority    string
	below        string
	wanted       string
	draft        bool // the description is still being written
}

// posts of the fictitious operator, those above first.
var posts = []post{
	{
		code: "DIRECTOR", zh: "客服中心主任", en: "Centre director", class: organization.Management,
		duties:    "- 对本中心的服务质量、成本和队伍建设负责\n- 审批服务政策、年度预算和岗位说明书\n- 主持每周服务质量分析会，督办重大投诉",
		authority: "- 审批单笔 2000 元以内的客户补偿\n- 任免本中心值班长以下人员\n- 启动二级及以下应急预案",
		below:     "运营经理、质检主管、培训师、排班员",
		wanted:    "- 大专及以上学历，8 年以上客户服务经验\n- 3 年以上百人以上团队管理经验",
	},
	{
		code: "MANAGER", zh: "运营经理", en: "Operations manager", class: organization.Management, above: "DIRECTOR",
		duties:    "- 保证接通率、服务水平和一次解决率达标\n- 组织排班、现场调度和话务高峰应对\n- 每日通报运营指标，分析异常原因",
		authority: "- 审批单笔 500 元以内的客户补偿\n- 调整各班组当日的技能分配",
		below:     "值班长、后台处理员",
		wanted:    "- 大专及以上学历，5 年以上呼叫中心经验\n- 熟悉排班和现场管理",
	},
	{
		code: "SHIFT-LEADER", zh: "值班长", en: "Shift leader", class: organization.Management, above: "MANAGER",
		duties:    "- 班前会、现场巡视、疑难电话支援\n- 处理升级电话和举手求助\n- 填写交接班记录，跟进遗留事项",
		authority: "- 审批单笔 100 元以内的客户补偿\n- 调整本班组人员的就席状态",
		below:     "客服代表、高级客服代表、外呼代表",
		wanted:    "- 2 年以上客服代表经验，近一年质检平均 92 分以上\n- 通过值班长资格考试",
	},
	{
		code: "ADMIN", zh: "系统管理员", en: "System administrator", class: organization.Back, above: "DIRECTOR",
		duties:    "- 维护组织、人员、账号和权限\n- 每季度组织账号与权限复核\n- 配合审计，保管系统操作记录",
		authority: "- 受理账号申请，经他人批准后生效\n- 不得为自己开通或变更权限",
		below:     "无",
		wanted:    "- 计算机相关专业，熟悉信息安全要求\n- 签署保密协议",
	},
	{
		code: "BACK-OFFICE", zh: "后台处理员", en: "Back-office handler", class: organization.Back, above: "MANAGER",
		duties:    "- 按时限处理工单，答复客户并回访\n- 与网络、计费部门协调疑难问题\n- 归类归因，提出改进建议",
		authority: "- 办理 50 元以内的费用更正\n- 退回信息不全的工单",
		below:     "无",
		wanted:    "- 1 年以上前台经验，熟悉账务和业务规则",
	},
	{
		code: "QUALITY", zh: "质检员", en: "Quality inspector", class: organization.Back, above: "DIRECTOR",
		duties:    "- 每月按计划抽听录音并评分\n- 对申诉进行复核\n- 编写质检案例，参加校准会",
		authority: "- 独立评分，任何人不得要求改分\n- 对红线问题直接上报中心主任",
		below:     "无",
		wanted:    "- 2 年以上客服代表经验，通过质检员资格考试",
	},
	{
		code: "TRAINER", zh: "培训师", en: "Trainer", class: organization.Back, above: "DIRECTOR",
		duties:    "- 新员工岗前培训不少于 20 天\n- 新业务上线前完成全员培训和考试\n- 建立每位员工的培训档案",
		authority: "- 决定考试是否通过，授予业务技能",
		below:     "无",
		wanted:    "- 普通话二级甲等以上，有授课经验",
	},
	{
		code: "PLANNER", zh: "排班员", en: "Planner", class: organization.Back, above: "MANAGER", draft: true,
		duties:    "- 预测话务量，编制月度班表\n- 处理调班、请假和加班申请",
		authority: "- 在规则之内批准调班",
		below:     "无",
		wanted:    "- 熟悉话务预测方法",
	},
	{
		code: "SENIOR-AGENT", zh: "高级客服代表", en: "Senior agent", class: organization.Front, above: "SHIFT-LEADER",
		duties:    "- 受理大客户和投诉类来电\n- 带教新员工\n- 承担知识库内容的试用和反馈",
		authority: "- 办理 50 元以内的即时补偿",
		below:     "带教期内的新员工",
		wanted:    "- 1 年以上客服代表经验，近半年质检平均 90 分以上",
	},
	{
		code: "AGENT", zh: "客服代表", en: "Agent", class: organization.Front, above: "SHIFT-LEADER",
		duties:    "## 主要职责\n\n1. 接听客户来电，**15 秒内**应答\n2. 受理咨询、查询、业务办理、投诉和建议\n3. 当场不能解决的，登记工单并告知客户答复时限\n\n## 工作要求\n\n- 使用规范用语，报工号\n- 办理业务前按规定核验客户身份\n- 不得查询与当次服务无关的客户资料",
		authority: "- 按知识库口径答复客户\n- 办理 20 元以内的即时补偿\n- 遇辱骂威胁时，三次提示后可报值班长挂机",
		below:     "无",
		wanted:    "- 高中及以上学历，普通话二级乙等以上\n- 打字每分钟 60 字以上\n- 通过岗前培训考试",
	},
	{
		code: "OUTBOUND", zh: "外呼代表", en: "Outbound agent", class: organization.Front, above: "SHIFT-LEADER",
		duties:    "- 按名单外呼：回访、提醒、关怀\n- 如实记录客户意见，遵守免打扰名单",
		authority: "- 客户拒绝时立即结束并登记",
		below:     "无",
		wanted:    "- 沟通能力强，通过外呼规范考试",
	},
}

// skills of the fictitious operator.
var skills = []organization.NewSkill{
	{Code: "BILLING", Name: "话费账务", Kind: organization.SkillBusiness, Description: "账单解释、费用争议、缴费与开停机"},
	{Code: "BROADBAND", Name: "宽带装维", Kind: organization.SkillBusiness, Description: "宽带报装、故障诊断、预约上门"},
	{Code: "ROAMING", Name: "国际漫游", Kind: organization.SkillBusiness, Description: "漫游开通、资费、境外紧急求助"},
	{Code: "COMPLAINT", Name: "投诉处理", Kind: organization.SkillCustomer, Description: "安抚、调查、补偿与回访"},
	{Code: "VIP", Name: "大客户服务", Kind: organization.SkillCustomer, Description: "大客户专席的服务规范"},
	{Code: "ENTERPRISE", Name: "政企服务", Kind: organization.SkillCustomer, Description: "专线、集团业务和客户经理协同"},
	{Code: "ENGLISH", Name: "英语", Kind: organization.SkillLanguage, Description: "能用英语完成常见业务"},
	{Code: "CANTONESE", Name: "粤语", Kind: organization.SkillLanguage, Description: "能用粤语流利服务"},
	{Code: "CHAT", Name: "在线文字客服", Kind: organization.SkillChannel, Description: "同时服务三位客户"},
	{Code: "ORDERS", Name: "受理系统操作", Kind: organization.SkillSystem, Description: "独立办理常见业务"},
}
