package signin

// What the vectors of DiscourseConnect test below its nonce and its least secret.
var (
	SignPayload = signPayload
	OpenPayload = openPayload
)
