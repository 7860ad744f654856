package media

// ALawFrames gives the frames of a prompt to tests.
func (p *Prompt) ALawFrames() (frames [][]byte) {
	for i := 0; i < len(p.alaw); i += frameSize {
		frames = append(frames, p.alaw[i:i+frameSize])
	}
	return frames
}
