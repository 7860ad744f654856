package demo

import "math/rand/v2"

// The most usual surnames and syllables of given names. Put together by chance they name nobody in particular.
var (
	surnames = []string{
		"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "高", "罗", "郑", "梁", "谢", "宋", "唐",
		"许", "邓", "韩", "冯", "曹", "彭", "曾", "肖", "田", "董", "潘", "袁", "蔡", "蒋", "余", "于", "杜", "叶", "程", "魏", "苏", "吕", "丁", "任", "单", "欧阳",
	}
	given = []string{
		"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平", "刚", "桂", "英", "华", "玉", "兰",
		"文", "博", "雅", "婷", "宇", "浩", "欣", "怡", "嘉", "豪", "思", "琪", "梓", "涵", "晨", "曦", "佳", "雪", "梅", "建", "国", "志", "鹏", "海", "云",
	}
)

// name makes a plausible name.
func name(random *rand.Rand) string {
	n := surnames[random.IntN(len(surnames))] + given[random.IntN(len(given))]
	if random.IntN(4) > 0 {
		n += given[random.IntN(len(given))]
	}
	return n
}

// mobile makes a number of a segment that nobody was ever given: 154.
func mobile(random *rand.Rand) string {
	digits := []byte("154")
	for range 8 {
		digits = append(digits, byte('0'+random.IntN(10)))
	}
	return string(digits)
}
