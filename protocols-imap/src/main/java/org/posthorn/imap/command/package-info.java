/// What commands do, one class for each family of commands, and what they answer. Given a mailbox
/// as the client sees it, the account and where to write; knows no state of the session.
@NullMarked
package org.posthorn.imap.command;

import org.jspecify.annotations.NullMarked;
