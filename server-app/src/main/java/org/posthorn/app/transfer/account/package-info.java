/// The server's side of imports and exports: frames become changes of an account, and an account
/// becomes frames.
@NullMarked
package org.posthorn.app.transfer.account;

import org.jspecify.annotations.NullMarked;
