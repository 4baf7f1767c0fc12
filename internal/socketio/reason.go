package socketio

import "github.com/coder/websocket"

// reason says why a session ended: text goes to OnDisconnect, to the log and to the client; status is the websocket
// close code, 0 to cut the connection without one. There are no others than these, so that text may label a metric.
type reason struct {
	text   string
	status websocket.StatusCode
}

var (
	reasonClient         = &reason{"client disconnect", websocket.StatusNormalClosure} // of the socket; the session stays
	reasonTransportClose = &reason{"transport close", websocket.StatusNormalClosure}
	reasonTransportError = &reason{"transport error", websocket.StatusInternalError}
	reasonPingTimeout    = &reason{"ping timeout", websocket.StatusPolicyViolation}
	reasonConnectTimeout = &reason{"connect timeout", websocket.StatusPolicyViolation}
	reasonPollTimeout    = &reason{"poll timeout", websocket.StatusPolicyViolation}
	reasonFull           = &reason{"no place", websocket.StatusTryAgainLater}
	reasonCrowded        = &reason{"too many newcomers", websocket.StatusTryAgainLater}
	reasonOverlap        = &reason{"overlapping requests", websocket.StatusPolicyViolation}
	reasonWriteTimeout   = &reason{"write timeout", 0} // no close frame would get through
	reasonFlood          = &reason{"too many packets", websocket.StatusPolicyViolation}
	reasonSlow           = &reason{"too slow", websocket.StatusTryAgainLater}
	reasonProtocol       = &reason{"protocol error", websocket.StatusProtocolError}
	reasonBinary         = &reason{"binary events are not supported", websocket.StatusUnsupportedData}
	reasonTooLarge       = &reason{"payload too large", websocket.StatusMessageTooBig}
	reasonPanic          = &reason{"internal error", websocket.StatusInternalError}
	reasonShutdown       = &reason{"server shutdown", websocket.StatusGoingAway}
)
