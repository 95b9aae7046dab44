package org.posthorn.imap.session;

import java.time.Duration;
import java.util.List;

/// The limits of a session; what they mean is said in the module's configuration.
public record SessionRules(
    PlainTextLogins plainTextLogins,
    long messageMaxBytes,
    Duration loginTimeout,
    Duration idleTimeout,
    Duration keepAlive,
    int loginFailuresMax,
    Duration loginFailureDelay,
    List<HideRule> hide,
    List<String> quotaAdministrators) {}
