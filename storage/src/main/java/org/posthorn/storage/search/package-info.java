/// Search for text in emails: what text an email has, how it is compared, the index that follows
/// the accounts, and its answers. The index and the scan of an email read the same text with the
/// same eyes, so that they never disagree.
@NullMarked
package org.posthorn.storage.search;

import org.jspecify.annotations.NullMarked;
