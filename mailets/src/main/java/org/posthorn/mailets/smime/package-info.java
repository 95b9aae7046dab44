/// S/MIME (RFC 8551): mail is signed, checked, decrypted and encrypted on its way. Messages go by
/// as streams; what stands in files of the operator is read again when it changes.
@NullMarked
package org.posthorn.mailets.smime;

import org.jspecify.annotations.NullMarked;
