package demo

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/secret"
	"yingda/internal/voice"
	"yingda/internal/voice/ending"
)

// Ports of this machine at which the demonstration's carriers are: nobody listens there until `yingda call` and
// `yingda loadgen voice` play them.
const (
	demoCarrierA = "127.0.0.1:5090"
	demoCarrierB = "127.0.0.1:5091"
)

// Voice gives the demonstration two carriers on this machine, desk phones in each centre, prompts, and something that
// happens to its numbers, unless there are trunks. It acts as the actor of ctx or, without one, as the demonstration
// itself. What a start that was cut off had made stays and is not made twice.
func Voice(ctx context.Context, voices *voice.Service, units *organization.Service) error {
	if actor.From(ctx) == nil {
		ctx = actor.With(ctx, actor.System("demo.voice", voice.TrunkRead, voice.TrunkEdit, voice.PhoneRead, voice.PhoneEdit, voice.NumberRead, voice.NumberEdit))
	}
	existing, err := voices.ListNumbers(ctx, voice.NumberFilter{Limit: 1})
	if err != nil || len(existing) > 0 {
		return err
	}
	tree, err := units.Tree(ctx)
	if err != nil {
		return err
	}
	root, ok := tree.Root()
	if !ok {
		return nil
	}
	centres := []organization.Centre{root}
	for _, c := range tree.Centres() {
		if c.State == organization.Active && c.Level == actor.Province {
			centres = append(centres, c)
		}
	}
	group, err := demoTrunks(ctx, voices, root)
	if err != nil {
		return err
	}
	phones, err := demoPhones(ctx, voices, centres)
	if err != nil {
		return err
	}
	return demoActions(ctx, voices, centres, phones, group)
}

// demoTrunks are two lines to carriers on this machine, of which one takes most of the calls.
func demoTrunks(ctx context.Context, voices *voice.Service, root organization.Centre) (voice.GroupID, error) {
	groups, err := voices.Groups(ctx)
	if err != nil {
		return voice.GroupID{}, err
	}
	for _, g := range groups {
		if g.Code == "DEMO" {
			return g.ID, nil
		}
	}
	group, err := voices.CreateGroup(ctx, nil, voice.GroupSpec{Code: "DEMO", Name: "演示局向", Centre: root.ID, Note: "本机上的两个演示运营商，用 yingda call 试拨"})
	if err != nil {
		return voice.GroupID{}, fmt.Errorf("add the demonstration's trunk group: %w", err)
	}
	password := secret.Hide("demo-trunk") // of nobody: the carrier is on this machine
	for i, host := range []string{demoCarrierA, demoCarrierB} {
		spec := voice.TrunkSpec{
			Group: group.ID, Name: []string{"演示通信 A 平面", "演示通信 B 平面"}[i], Hosts: []string{host}, Transport: voice.UDP, Priority: 10, Weight: []int{70, 30}[i],
			MaxCalls: 500, Codecs: []string{"PCMA", "PCMU"}, CallerFrom: voice.FromPAI, Quiet: true,
		}
		if i == 1 {
			spec.Username, spec.Password, spec.InbandDTMF = "demo", &password, true
		}
		if _, err := voices.CreateTrunk(ctx, nil, spec); err != nil {
			return voice.GroupID{}, fmt.Errorf("add a trunk of the demonstration: %w", err)
		}
	}
	return group.ID, nil
}

// demoPhones gives each centre three phones: 8001 and up for the nation, 8101 and up for the first province.
func demoPhones(ctx context.Context, voices *voice.Service, centres []organization.Centre) ([]voice.Phone, error) {
	list, err := voices.ListPhones(ctx, voice.PhoneFilter{Limit: 200})
	if err != nil || len(list) > 0 {
		return list, err
	}
	for i, c := range centres {
		for n, name := range []string{"值班长话机", "一号座席话机", "二号座席话机"} {
			p, _, err := voices.CreatePhone(ctx, nil, voice.PhoneSpec{Number: fmt.Sprint(8001 + 100*i + n), DisplayName: c.Name + name, Centre: c.ID})
			if err != nil {
				return nil, fmt.Errorf("add a phone of the demonstration: %w", err)
			}
			list = append(list, p)
		}
	}
	return list, nil
}

// demoActions says what happens to the numbers of the demonstration.
func demoActions(ctx context.Context, voices *voice.Service, centres []organization.Centre, phones []voice.Phone, group voice.GroupID) error {
	root := centres[0]
	welcome, err := demoPrompt(ctx, voices, root, "欢迎提示音", []float64{523.25, 659.25, 783.99})
	if err != nil {
		return err
	}
	music, err := demoPrompt(ctx, voices, root, "等待音乐", []float64{392, 440, 493.88, 523.25, 493.88, 440, 392, 349.23})
	if err != nil {
		return err
	}
	number := func(number, name string, act voice.Act) voice.NumberSpec {
		return voice.NumberSpec{Number: number, Match: voice.Whole, Name: name, Centre: root.ID, Act: act}
	}
	prompt, wait, echo := number(demoHotline, "全国客服热线", voice.ActPrompt), number("9001", "等待音乐试听", voice.ActPrompt), number("9000", "回音测试", voice.ActEcho)
	prompt.Prompt, wait.Prompt, wait.Repeat = welcome, music, true
	vip, closed := number(demoVIP, "大客户专线", voice.ActPhone), number(demoEscalation, "升级投诉专线（演示：拒接）", voice.ActReject)
	vip.Phone, closed.Cause = phones[0].ID, ending.BusyReason
	outward := number("0", "话机拨 0 呼出", voice.ActTrunk)
	outward.Match, outward.Group = voice.Prefix, group
	specs := []voice.NumberSpec{prompt, wait, echo, vip, closed, outward}
	for i, c := range centres[1:] {
		e := number(fmt.Sprint(9100+100*i), c.Name+"服务台", voice.ActPhone)
		e.Centre = c.ID
		if at := 3 * (i + 1); at < len(phones) {
			e.Phone = phones[at].ID
			specs = append(specs, e)
		}
	}
	for _, e := range specs {
		if _, err := voices.CreateNumber(ctx, nil, e); err != nil {
			return fmt.Errorf("say what happens to the demonstration's %s: %w", e.Number, err)
		}
	}
	return nil
}

// demoPrompt adds a prompt of a melody, unless it is there.
func demoPrompt(ctx context.Context, voices *voice.Service, owner organization.Centre, name string, notes []float64) (voice.PromptID, error) {
	list, err := voices.ListPrompts(ctx, voice.PromptFilter{Text: name})
	if err != nil {
		return voice.PromptID{}, err
	}
	for _, p := range list {
		if p.Name == name {
			return p.ID, nil
		}
	}
	p, err := voices.CreatePrompt(ctx, voice.PromptSpec{Name: name, Centre: owner.ID, Note: "演示用，由程序合成"}, melody(notes))
	if err != nil {
		return voice.PromptID{}, fmt.Errorf("add a prompt of the demonstration: %w", err)
	}
	return p.ID, nil
}

// melody is a WAV file of 16-bit PCM at 8 kHz: each note for 400 ms, fading like a struck string.
func melody(notes []float64) []byte {
	const rate, length = 8000, 3200
	samples := make([]int16, 0, len(notes)*length)
	for _, hz := range notes {
		for i := range length {
			t := float64(i) / rate
			wave := math.Sin(2*math.Pi*hz*t) + 0.3*math.Sin(4*math.Pi*hz*t)
			attack := min(1, t*200)
			samples = append(samples, int16(9000*attack*math.Exp(-4*t)*wave))
		}
	}
	var b bytes.Buffer
	head := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // a buffer takes everything
	size := uint32(2 * len(samples))                                     //nolint:gosec // seconds
	b.WriteString("RIFF")
	head(36 + size)
	b.WriteString("WAVEfmt ")
	head(uint32(16))
	head([2]uint16{1, 1}) // PCM, mono
	head([2]uint32{rate, 2 * rate})
	head([2]uint16{2, 16})
	b.WriteString("data")
	head(size)
	head(samples)
	return b.Bytes()
}
