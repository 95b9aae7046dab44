/// The few pages that the world may ask this server for by the web: leaving a mailing list with one
/// click, the policy of MTA-STS, and how mail programs find their settings. Off until configured.
@NullMarked
package org.posthorn.app.web;

import org.jspecify.annotations.NullMarked;
