package web

import (
	"fmt"
	"net/http"
	"strings"

	"parley/internal/forum"
)

// who says who may come through a route. Its zero value is nobody, so that a
// route without a policy fails at start.
type who struct {
	caller caller
	act    forum.Act // deskFor: what the caller must be allowed to do
}

// caller is a kind of caller a route may ask for.
type caller int

// The kinds of caller.
const (
	noCaller caller = iota
	probingCaller
	anyCaller
	writingCaller
	knownCaller
	staffCaller
	newsroomCaller
)

// The callers a route may ask for.
var (
	nobody   = who{}
	prober   = who{caller: probingCaller}  // whoever asks after the process: needs no site, no database and no right host
	anybody  = who{caller: anyCaller}      // with or without a session
	writer   = who{caller: writingCaller}  // anybody; the act makes a guest session for a browser without one
	known    = who{caller: knownCaller}    // needs a session
	staff    = who{caller: staffCaller}    // needs a strong session of somebody who works for the newsroom
	newsroom = who{caller: newsroomCaller} // needs an API key of the site
)

// deskFor is staff whose role has a right. Whether it has it in the section at
// hand, the verb decides.
func deskFor(act forum.Act) who { return who{staffCaller, act} }

// caching says who may keep an answer.
type caching int

// The cache classes.
const (
	uncached  caching = iota
	public            // the same for every reader: stored, compressed once, revalidated by ETag
	personal          // made for one reader: no-store
	immutable         // named by its content: kept for a year
	brief             // the same for everybody, whatever they send: kept for five minutes
	streamed          // told for as long as a reader stays: no-store, and what it begins with may be a second old
)

// pace is the rate class of a route; the figures are in limits.go.
type pace int

// The rate classes.
const (
	unpaced pace = iota
	reading
	searching
	writing
	voting
	deciding
	signingIn
	arriving // acts that make a guest session, besides their own class
	whole    // discussions shown in one piece, besides their own class
)

// framing says where an answer may be shown or called from.
type framing int

// The framing classes.
const (
	ownPages      framing = iota // never in a frame, never across origins
	inFrames                     // in a frame on an origin the site registered
	acrossOrigins                // there, and by script of a page on such an origin
	ownWindows                   // like ownPages, and told to the page that opened the window
)

// route is one URL with its policy.
type route struct {
	method  string
	pattern string
	who     who
	pace    pace
	cache   caching
	framing framing
	handle  handler
}

// reading reports whether a route shows stories and discussions, for which the
// first style sheet is enough.
func (r route) reading() bool {
	return r.cache == public && !strings.HasPrefix(r.pattern, "/transparency")
}

// shared reports whether answers are the same for whoever asks, so that nobody
// acts or signs in there.
func (r route) shared() bool { return r.cache == public || r.cache == immutable || r.cache == brief }

// writePattern is where the form of a comment is sent.
const writePattern = "/comments"

// routes is every URL of Parley. Before each pattern a request may have the
// prefix /at/{site}; without it the oldest site is meant. The admin listener has
// its own few in admin.go.
func (s *server) routes() []route {
	return []route{
		// The publication.
		{"GET", "/{$}", anybody, reading, public, ownPages, s.showFront},
		{"GET", "/section/{section}", anybody, reading, public, ownPages, s.showSection},
		{"GET", "/feed.atom", anybody, reading, public, ownPages, s.feedSite},
		{"GET", "/feed.json", anybody, reading, public, ownPages, s.feedSite},
		{"GET", "/live", anybody, reading, streamed, ownPages, s.showFrontLive},
		{"GET", "/media/{picture}", anybody, reading, immutable, ownPages, s.showPicture},
		{"GET", "/assets/{file}", anybody, reading, immutable, acrossOrigins, s.showAsset},
		{"GET", "/favicon.ico", anybody, reading, brief, ownPages, s.showIcon},
		{"GET", "/robots.txt", anybody, reading, public, ownPages, s.showRobots},
		{"GET", healthPath, prober, unpaced, uncached, ownPages, s.showHealth},
		{"GET", readyPath, prober, unpaced, uncached, ownPages, s.showReady},

		// How the desk worked, for anybody; a month may end in .csv or .json.
		{"GET", "/transparency", anybody, reading, public, ownPages, s.showTransparency},
		{"GET", "/transparency/{month}", anybody, reading, public, ownPages, s.showTransparency},

		// Reading a discussion.
		{"GET", "/s/{story}/{slug}", anybody, reading, public, acrossOrigins, s.showStory},
		{"GET", "/s/{story}", anybody, reading, uncached, ownPages, s.redirectStory},
		{"GET", "/s/{story}/search", anybody, searching, personal, inFrames, s.searchStory},
		{"GET", "/s/{story}/overlay", anybody, reading, personal, acrossOrigins, s.showOverlay},
		{"GET", "/s/{story}/pulse", anybody, reading, personal, acrossOrigins, s.showPulse},
		{"GET", "/s/{story}/live", anybody, reading, streamed, acrossOrigins, s.showStoryLive},
		{"GET", "/s/{story}/feed.atom", anybody, reading, public, ownPages, s.feedStory},
		{"GET", "/s/{story}/feed.json", anybody, reading, public, ownPages, s.feedStory},
		{"GET", "/c/{comment}", anybody, reading, public, acrossOrigins, s.showComment},
		{"GET", "/c/{comment}/replies", anybody, reading, public, acrossOrigins, s.showReplies},
		{"GET", "/search", anybody, searching, personal, ownPages, s.searchSite},

		// Writing, as forms.
		{"POST", writePattern, writer, writing, personal, inFrames, s.postComment},
		{"POST", "/preview", anybody, writing, personal, inFrames, s.previewComment},
		{"GET", "/c/{comment}/reply", anybody, reading, personal, acrossOrigins, s.showReply},
		{"GET", "/c/{comment}/edit", known, reading, personal, acrossOrigins, s.showEdit},
		{"POST", "/c/{comment}/edit", known, writing, personal, inFrames, s.postEdit},
		{"GET", "/c/{comment}/withdraw", known, reading, personal, acrossOrigins, s.showWithdraw},
		{"POST", "/c/{comment}/withdraw", known, writing, personal, acrossOrigins, s.postWithdraw},
		{"GET", "/c/{comment}/report", anybody, reading, personal, acrossOrigins, s.showReport},
		{"POST", "/c/{comment}/report", writer, writing, personal, inFrames, s.postReport},
		{"POST", "/votes", writer, voting, personal, inFrames, s.postVote},

		// What a device remembers.
		{"POST", "/mutes", anybody, voting, personal, acrossOrigins, s.postMute},
		{"POST", "/seen", anybody, voting, personal, acrossOrigins, s.postSeen},
		{"POST", "/preferences", anybody, voting, personal, acrossOrigins, s.postPreferences},

		// Accounts and the desk.
		{"GET", "/me", anybody, reading, personal, ownPages, s.showMe},
		{"GET", "/me/inbox", known, reading, personal, ownPages, s.showInbox},
		{"POST", "/me/inbox", known, voting, personal, ownPages, s.postInbox},
		{"GET", "/me/mail", known, reading, personal, ownPages, s.showMailSettings},
		{"POST", "/me/mail", known, voting, personal, ownPages, s.postMailSettings},
		{"GET", "/mail/stop/{sort}/{account}/{token}", anybody, reading, personal, ownPages, s.showStopMail},
		{"POST", "/mail/stop/{sort}/{account}/{token}", anybody, voting, personal, ownPages, s.postStopMail},
		{"GET", "/me/data", known, reading, personal, ownPages, s.showPrivacy},
		{"GET", "/me/data.json", known, whole, personal, ownPages, s.takeJSON},
		{"GET", "/me/data.html", known, whole, personal, ownPages, s.takeHTML},
		{"POST", "/me/profile", known, voting, personal, ownPages, s.postProfile},
		{"POST", "/me/erase", known, signingIn, personal, ownPages, s.postErase},
		{"GET", "/erasures/{job}", anybody, reading, personal, ownPages, s.showErasing},
		{"GET", "/u/{author}", anybody, reading, personal, inFrames, s.showProfile},
		{"POST", "/session/end", anybody, signingIn, personal, ownPages, s.postSignOut},
		// Signing in.
		{"GET", "/signin", anybody, reading, personal, ownWindows, s.showSignIn},
		{"POST", "/signin/on", known, signingIn, personal, ownWindows, s.postGoOn},
		{"POST", "/signin/email", anybody, signingIn, personal, ownWindows, s.postEmail},
		{"GET", "/signin/code", anybody, reading, personal, ownWindows, s.showCode},
		{"POST", "/signin/code", anybody, signingIn, personal, ownWindows, s.postCode},
		{"GET", "/signin/recovery", anybody, reading, personal, ownWindows, s.showRecovery},
		{"POST", "/signin/recovery", anybody, signingIn, personal, ownWindows, s.postRecovery},
		{"POST", "/signin/passkey/begin", anybody, signingIn, personal, ownWindows, s.postPasskeyBegin},
		{"POST", "/signin/passkey", anybody, signingIn, personal, ownWindows, s.postPasskey},
		{"GET", "/signin/with/{provider}", anybody, signingIn, personal, ownWindows, s.showProvider},
		{"GET", "/signin/with/{provider}/back", anybody, signingIn, personal, ownWindows, s.showProviderBack},
		{"GET", "/signin/paper", anybody, signingIn, personal, ownWindows, s.showPaper},
		{"GET", "/signin/paper/back", anybody, signingIn, personal, ownWindows, s.showPaperBack},
		{"POST", "/signin/token", anybody, signingIn, personal, acrossOrigins, s.postToken},
		{"GET", "/signin/ticket/{ticket}", anybody, signingIn, personal, ownWindows, s.showTicket},
		{"POST", "/signin/ticket/{ticket}", anybody, signingIn, personal, ownWindows, s.postTicket},
		{"GET", "/signin/name", known, reading, personal, ownWindows, s.showName},
		{"POST", "/signin/name", known, signingIn, personal, ownWindows, s.postName},
		{"GET", "/signin/window/{code}", known, reading, personal, ownWindows, s.showWindow},
		{"GET", "/me/security", anybody, reading, personal, ownPages, s.showSecurity},
		{"POST", "/me/security/remove", known, signingIn, personal, ownPages, s.postRemoveCredential},
		{"POST", "/me/security/recovery", known, signingIn, personal, ownPages, s.postNewRecovery},
		{"POST", "/me/security/email", known, signingIn, personal, ownPages, s.postChangeEmail},
		{"GET", "/me/security/code", known, reading, personal, ownPages, s.showChangeCode},
		{"POST", "/me/security/code", known, signingIn, personal, ownPages, s.postChangeCode},
		{"POST", "/me/sessions/end", known, signingIn, personal, ownPages, s.postEndSessions},
		{"POST", "/me/passkeys/begin", anybody, signingIn, personal, ownWindows, s.postEnrolBegin},
		{"POST", "/me/passkeys", anybody, signingIn, personal, ownWindows, s.postEnrol},
		{"GET", "/api/v1/session", anybody, reading, personal, acrossOrigins, s.serveAPI},
		{"POST", "/api/v1/session", anybody, signingIn, personal, acrossOrigins, s.serveAPI},
		{"POST", "/api/v1/session/token", anybody, signingIn, personal, acrossOrigins, s.serveAPI},

		{"GET", "/welcome/{token}", anybody, signingIn, personal, ownPages, s.showWelcome},
		{"POST", "/welcome/{token}", anybody, signingIn, personal, ownPages, s.postWelcome},
		{"GET", "/desk", staff, reading, personal, ownPages, s.redirectDesk},
		{"GET", "/desk/dashboard", deskFor(forum.ActFigures), reading, personal, ownPages, s.showDashboard},
		{"GET", "/desk/log", deskFor(forum.ActLog), reading, personal, ownPages, s.showLog},
		{"GET", "/desk/rules", deskFor(forum.ActFigures), reading, personal, ownPages, s.showRules},
		{"GET", "/desk/rules/new", deskFor(forum.ActRules), reading, personal, ownPages, s.showNewRule},
		{"POST", "/desk/rules", deskFor(forum.ActRules), writing, personal, ownPages, s.postRule},
		{"GET", "/desk/rules/{rule}", deskFor(forum.ActFigures), reading, personal, ownPages, s.showRule},
		{"POST", "/desk/rules/{rule}", deskFor(forum.ActRules), writing, personal, ownPages, s.postRuleChange},
		{"POST", "/desk/rules/{rule}/stage", deskFor(forum.ActRules), writing, personal, ownPages, s.postRuleStage},
		{"GET", "/desk/rules/{rule}/undo", deskFor(forum.ActRules), reading, personal, ownPages, s.showRuleUndo},
		{"POST", "/desk/rules/{rule}/undo", deskFor(forum.ActRules), writing, personal, ownPages, s.postRuleUndo},
		{"POST", "/desk/rules/{rule}/rehearsals", deskFor(forum.ActRules), writing, personal, ownPages, s.postRehearsal},
		{"GET", "/desk/rules/{rule}/rehearsals/{rehearsal}", deskFor(forum.ActFigures), reading, personal, ownPages, s.showRehearsal},
		{"GET", "/desk/export", deskFor(forum.ActExport), reading, personal, ownPages, s.showExport},
		{"POST", "/desk/export", deskFor(forum.ActExport), writing, personal, ownPages, s.postExport},
		{"POST", "/desk/export/statements", deskFor(forum.ActExport), writing, personal, ownPages, s.postStatements},
		{"GET", "/desk/alerts", deskFor(forum.ActManage), reading, personal, ownPages, s.showAlerts},
		{"POST", "/desk/alerts", deskFor(forum.ActManage), writing, personal, ownPages, s.postAlerts},
		{"GET", "/desk/alerts/{endpoint}", deskFor(forum.ActManage), reading, personal, ownPages, s.showAlertLog},
		{"POST", "/desk/alerts/{endpoint}", deskFor(forum.ActManage), writing, personal, ownPages, s.postAlert},
		{"POST", "/desk/alerts/mail/{job}", deskFor(forum.ActManage), writing, personal, ownPages, s.postDeadMail},
		{"GET", "/desk/{queue}", deskFor(forum.ActQueue), reading, personal, ownPages, s.showDesk},
		{"POST", "/desk/decisions", deskFor(forum.ActDecide), deciding, personal, ownPages, s.postDecision},
		{"POST", "/desk/undo", deskFor(forum.ActDecide), deciding, personal, ownPages, s.postUndo},
		{"GET", "/desk/search", deskFor(forum.ActSearch), searching, personal, ownPages, s.searchDesk},
		{"POST", "/desk/bulk", deskFor(forum.ActBulk), writing, personal, ownPages, s.postBulk},
		{"GET", "/desk/jobs", deskFor(forum.ActBulk), reading, personal, ownPages, s.listJobs},
		{"GET", "/desk/jobs/{job}", deskFor(forum.ActBulk), reading, personal, ownPages, s.showJob},
		{"POST", "/desk/jobs/{job}", deskFor(forum.ActBulk), writing, personal, ownPages, s.postJob},
		{"GET", "/desk/authors/{account}", deskFor(forum.ActHistory), reading, personal, ownPages, s.showAuthor},
		{"POST", "/desk/authors/{account}/notes", deskFor(forum.ActNote), writing, personal, ownPages, s.postNote},
		{"GET", "/desk/pulse", deskFor(forum.ActQueue), deciding, personal, ownPages, s.showDeskPulse},
		{"GET", "/desk/live", deskFor(forum.ActQueue), reading, personal, ownPages, s.showDeskLive},
		{"POST", "/desk/claims", deskFor(forum.ActQueue), deciding, personal, ownPages, s.postClaim},
		{"GET", "/desk/comments/{comment}", deskFor(forum.ActQueue), reading, personal, ownPages, s.showDeskComment},

		// Who works at the desk, and what waits for a second person.
		{"GET", "/desk/proposals", staff, reading, personal, ownPages, s.showProposals},
		{"POST", "/desk/proposals/{proposal}/approve", deskFor(forum.ActApprove), writing, personal, ownPages, s.postApprove},
		{"POST", "/desk/proposals/{proposal}/refuse", staff, writing, personal, ownPages, s.postRefuse},
		{"GET", "/desk/staff", deskFor(forum.ActStaff), reading, personal, ownPages, s.showTeam},
		{"POST", "/desk/staff/roles", deskFor(forum.ActStaff), writing, personal, ownPages, s.postRole},
		{"POST", "/desk/staff/invitations", deskFor(forum.ActStaff), writing, personal, ownPages, s.postInvite},
		{"POST", "/desk/staff/invitations/{invitation}/revoke", deskFor(forum.ActStaff), writing, personal, ownPages, s.postUninvite},
		{"GET", "/desk/settings", deskFor(forum.ActManage), reading, personal, ownPages, s.showSettings},
		{"POST", "/desk/settings", deskFor(forum.ActManage), writing, personal, ownPages, s.postSettings},
		{"GET", "/desk/reveal", deskFor(forum.ActReveal), reading, personal, ownPages, s.showReveal},
		{"POST", "/desk/reveal", deskFor(forum.ActReveal), writing, personal, ownPages, s.postReveal},
		{"GET", "/desk/keys", deskFor(forum.ActManage), reading, personal, ownPages, s.showKeys},
		{"POST", "/desk/keys", deskFor(forum.ActManage), writing, personal, ownPages, s.postKey},
		{"POST", "/desk/keys/revoke", deskFor(forum.ActManage), writing, personal, ownPages, s.postRevokeKey},
		// Notices of illegal content.
		{"GET", "/notice", anybody, reading, personal, ownPages, s.showNoticeForm},
		{"POST", "/notice", anybody, writing, personal, ownPages, s.postNotice},
		{"GET", "/c/{comment}/illegal", anybody, reading, personal, ownPages, s.showNoticeForm},
		{"POST", "/c/{comment}/illegal", anybody, writing, personal, ownPages, s.postNotice},
		{"GET", "/notices/{receipt}", anybody, reading, personal, ownPages, s.showNotice},
		{"GET", "/desk/notices", deskFor(forum.ActAnswer), reading, personal, ownPages, s.showNotices},
		{"GET", "/desk/notices/{notice}", deskFor(forum.ActAnswer), reading, personal, ownPages, s.showNoticeDesk},
		{"POST", "/desk/notices/{notice}", deskFor(forum.ActAnswer), writing, personal, ownPages, s.postNoticeAnswer},
		{"POST", "/desk/notices/{notice}/reveal", deskFor(forum.ActReveal), writing, personal, ownPages, s.postNoticeReveal},

		// The temperature of discussions.
		{"GET", "/desk/stories", deskFor(forum.ActTemperature), reading, personal, ownPages, s.showReadings},
		{"POST", "/desk/stories", deskFor(forum.ActManage), writing, personal, ownPages, s.postTemperature},
		{"GET", "/desk/stories/{story}", deskFor(forum.ActTemperature), reading, personal, ownPages, s.showStoryDesk},
		{"POST", "/desk/stories/{story}", deskFor(forum.ActTemperature), writing, personal, ownPages, s.postControls},

		// Decisions, sanctions, appeals.
		{"GET", "/decisions/{decision}", known, reading, personal, ownPages, s.showDecision},
		{"POST", "/decisions/{decision}/appeal", known, writing, personal, ownPages, s.postAppeal},
		{"POST", "/decisions/{decision}/read", known, writing, personal, ownPages, s.postRead},
		{"GET", "/desk/authors/{account}/sanction", deskFor(forum.ActSanction), reading, personal, ownPages, s.showSanction},
		{"POST", "/desk/authors/{account}/sanction", deskFor(forum.ActSanction), writing, personal, ownPages, s.postSanction},
		{"POST", "/desk/sanctions/{decision}/lift", deskFor(forum.ActSanction), writing, personal, ownPages, s.postLift},
		{"GET", "/desk/appeals", deskFor(forum.ActAnswer), reading, personal, ownPages, s.showAppeals},
		{"POST", "/desk/appeals/{appeal}", deskFor(forum.ActAnswer), writing, personal, ownPages, s.postAnswer},
		{"GET", "/desk/reasons", deskFor(forum.ActManage), reading, personal, ownPages, s.showReasons},
		{"POST", "/desk/reasons", deskFor(forum.ActManage), writing, personal, ownPages, s.postReasons},

		// Embedding.
		{"GET", "/embed/v1.js", anybody, reading, brief, acrossOrigins, s.showLoader},
		{"GET", "/embed/v1/frame", anybody, reading, public, inFrames, s.showFrame},
		{"GET", "/embed/v1/discussion", anybody, reading, public, acrossOrigins, s.showInclude},
		{"GET", "/embed/v1/counts", anybody, reading, public, acrossOrigins, s.showCounts},

		// The same acts as JSON; api.go describes them.
		{"GET", "/api/v1/openapi.json", anybody, reading, public, ownPages, s.showOpenAPI},
		{"POST", "/api/v1/comments", writer, writing, personal, acrossOrigins, s.serveAPI},
		{"GET", "/api/v1/comments/{comment}", anybody, reading, personal, acrossOrigins, s.serveAPI},
		{"PATCH", "/api/v1/comments/{comment}", known, writing, personal, acrossOrigins, s.serveAPI},
		{"POST", "/api/v1/comments/{comment}/withdraw", known, writing, personal, acrossOrigins, s.serveAPI},
		{"PUT", "/api/v1/comments/{comment}/vote", writer, voting, personal, acrossOrigins, s.serveAPI},
		{"POST", "/api/v1/comments/{comment}/reports", writer, writing, personal, acrossOrigins, s.serveAPI},
		{"POST", "/api/v1/comments/{comment}/decisions", deskFor(forum.ActDecide), deciding, personal, ownPages, s.serveAPI},
		{"POST", "/api/v1/comments/{comment}/undo", deskFor(forum.ActDecide), deciding, personal, ownPages, s.serveAPI},
		{"GET", "/api/v1/decisions/{decision}", known, reading, personal, acrossOrigins, s.serveAPI},
		{"POST", "/api/v1/decisions/{decision}/appeal", known, writing, personal, ownPages, s.serveAPI},
		{"POST", "/api/v1/decisions/{decision}/read", known, writing, personal, acrossOrigins, s.serveAPI},
		{"POST", "/api/v1/decisions/{decision}/lift", deskFor(forum.ActSanction), writing, personal, ownPages, s.serveAPI},
		{"POST", "/api/v1/authors/{account}/sanctions", deskFor(forum.ActSanction), writing, personal, ownPages, s.serveAPI},
		{"GET", "/api/v1/appeals", deskFor(forum.ActAnswer), reading, personal, ownPages, s.serveAPI},
		{"POST", "/api/v1/appeals/{appeal}/answer", deskFor(forum.ActAnswer), writing, personal, ownPages, s.serveAPI},
		{"POST", "/api/v1/notices", anybody, writing, personal, ownPages, s.serveAPI},
		{"POST", "/api/v1/preview", anybody, writing, personal, acrossOrigins, s.serveAPI},
		{"GET", "/api/v1/stories/{story}/comments", anybody, reading, uncached, acrossOrigins, s.serveAPI},
		{"PUT", "/api/v1/stories/{story}/controls", deskFor(forum.ActTemperature), writing, personal, ownPages, s.serveAPI},
		{"GET", "/api/v1/search", anybody, searching, uncached, acrossOrigins, s.serveAPI},
		{"PUT", "/api/v1/sites/{site}/stories/{externalId}", newsroom, writing, uncached, ownPages, s.serveAPI},
	}
}

// mux checks the table and builds the router of it.
func (s *server) mux() (*http.ServeMux, error) {
	mux := http.NewServeMux()
	table := s.routes()
	table = append(table, s.preflights(table)...)
	s.traffic = newTraffic(table)
	for _, r := range table {
		if r.who == nobody || r.handle == nil {
			return nil, fmt.Errorf("route %s %s has no policy or no handler", r.method, r.pattern)
		}
		mux.Handle(r.method+" "+r.pattern, s.guard(r))
	}
	return mux, nil
}
