package seed

import "strings"

// language is what people write in a conversation.
type language int

const (
	english language = iota
	chinese
	mixed // now this, now that
)

func (w *world) language() language { return language(w.rand.IntN(3)) }

func (w *world) pick(words []string) string { return words[w.rand.IntN(len(words))] }

// name makes a name: as a username has it, and as it is shown.
func (w *world) name() (given, family, display string) {
	if w.rand.IntN(3) == 0 {
		g, f := w.rand.IntN(len(chineseGiven)), w.rand.IntN(len(chineseFamily))
		return chineseGiven[g][0], chineseFamily[f][0], chineseFamily[f][1] + chineseGiven[g][1]
	}
	given, family = w.pick(englishGiven), w.pick(englishFamily)
	return given, family, given + " " + family
}

func (w *world) groupName(l language) string {
	if l == chinese {
		return w.pick(chineseTopics) + w.pick([]string{"组", "讨论", "计划", "通知"})
	}
	return w.pick(englishTopics) + " " + w.pick([]string{"team", "planning", "help", "news", "小组"})
}

// sentences makes what somebody writes: usually one sentence, at times a few.
func (w *world) sentences(l language) string {
	var b strings.Builder
	for n := 1 + w.rand.IntN(3)*w.rand.IntN(2); n > 0; n-- {
		if l == chinese || l == mixed && w.rand.IntN(2) == 0 {
			b.WriteString(w.pick(chineseWho) + w.pick(chineseWhen) + w.pick(chineseDo) + w.pick(chineseWhat) + w.pick(chineseEnd))
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.pick(englishWho) + " " + w.pick(englishDo) + " " + w.pick(englishWhat) + " " + w.pick(englishWhen) + w.pick(englishEnd))
	}
	return b.String()
}

var (
	englishGiven  = strings.Fields("Alice Bob Carol David Emma Frank Grace Henry Irene Jack Karen Liam Mia Noah Olivia Peter Quinn Rosa Sam Tina Ursula Victor Wendy Zoe")
	englishFamily = strings.Fields("Adams Brown Clark Davis Evans Fischer Garcia Hughes Ivanov Jones Kowalski Lopez Martin Novak Olsen Patel Quist Rossi Smith Turner Vargas Weber Young Zhang")
	chineseGiven  = [][2]string{{"Xiaoming", "小明"}, {"Wei", "伟"}, {"Fang", "芳"}, {"Na", "娜"}, {"Min", "敏"}, {"Jing", "静"}, {"Lei", "磊"}, {"Yang", "洋"}, {"Yan", "艳"}, {"Jie", "杰"}, {"Xiuying", "秀英"}, {"Zihan", "子涵"}, {"Yuxuan", "宇轩"}, {"Mengjie", "梦洁"}}
	chineseFamily = [][2]string{{"Wang", "王"}, {"Li", "李"}, {"Zhang", "张"}, {"Liu", "刘"}, {"Chen", "陈"}, {"Yang", "杨"}, {"Zhao", "赵"}, {"Huang", "黄"}, {"Zhou", "周"}, {"Wu", "吴"}, {"Xu", "徐"}, {"Sun", "孙"}, {"Ouyang", "欧阳"}}
	englishTopics = strings.Fields("Release Design Backend Mobile Travel Office Security Marketing Support Hiring Weekend Football Music Books Garden")
	chineseTopics = strings.Fields("发布 设计 后端 移动端 旅行 办公室 安全 市场 客服 招聘 周末 足球 音乐 读书 花园")

	englishWho  = []string{"I", "We", "They", "Somebody", "The team", "Our customer", "My colleague", "Everyone here", "Nobody", "The new server", "Alice", "The office", "Your friend", "The other group", "A few of us"}
	englishDo   = []string{"can look at", "has finished", "will change", "should test", "wants to discuss", "asked about", "found a problem with", "forgot", "already sent", "is waiting for", "would like to see", "really likes", "can't open", "has just restarted", "needs help with", "wrote down", "will present", "is not sure about"}
	englishWhat = []string{"the report", "the new design", "the database backup", "the deployment", "the meeting notes", "the invoice", "the search index", "the photos from the trip", "the contract", "the login page", "the schedule", "the translation", "the certificate", "the release notes", "the budget", "the coffee machine", "the pull request", "the load test", "the error in production", "the invitation", "the presentation", "the train tickets", "the password policy", "the message queue", "the address list"}
	englishWhen = []string{"today", "tomorrow morning", "this afternoon", "next week", "on Monday", "before lunch", "after the call", "as soon as possible", "by the end of the month", "right now", "again", "at 15:30", "for the second time", "without any hurry"}
	englishEnd  = []string{".", ".", ".", "?", "!", "…", " 👍", " 🙂", ", thanks.", ", I think."}

	chineseWho  = []string{"我", "我们", "他们", "大家", "客户", "同事", "新来的人", "办公室", "小组", "小明", "老板", "有人", "对方", "你的朋友"}
	chineseWhen = []string{"今天", "明天早上", "下午", "下周", "星期一", "午饭前", "会后", "月底之前", "现在", "刚才", "尽快", "已经"}
	chineseDo   = []string{"看一下", "完成了", "要修改", "应该测试", "想讨论", "问到了", "发现了问题:", "忘记了", "发送了", "在等", "很喜欢", "打不开", "重新启动了", "需要", "记录了", "介绍"}
	chineseWhat = []string{"报告", "新的设计", "数据库备份", "部署", "会议记录", "发票", "搜索索引", "旅行的照片", "合同", "登录页面", "日程", "翻译", "证书", "发布说明", "预算", "咖啡机", "代码审查", "压力测试", "线上的错误", "邀请", "演示文稿", "火车票", "密码规则", "消息队列", "通讯录"}
	chineseEnd  = []string{"。", "。", "。", "？", "！", "……", "👍", "🙂", "，谢谢。", "，好吗？"}
)
