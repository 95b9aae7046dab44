/// What single users and domains want to become of their mail: answers while they are away, and
/// senders whom they do not want.
@NullMarked
package org.posthorn.mailets.person;

import org.jspecify.annotations.NullMarked;
