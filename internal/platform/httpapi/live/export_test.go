package live

// ForgetAfter is when a stream without connections is forgotten.
const ForgetAfter = forgetAfter
