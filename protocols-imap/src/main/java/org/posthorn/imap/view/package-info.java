/// The mailbox as one client has been told about it: message numbers, and what is news. Nobody else
/// knows message numbers; everything below speaks UIDs.
@NullMarked
package org.posthorn.imap.view;

import org.jspecify.annotations.NullMarked;
