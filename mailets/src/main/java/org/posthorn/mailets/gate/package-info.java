/// The gates that ship. They use nothing but the plugin contract, as gates of others do.
@NullMarked
package org.posthorn.mailets.gate;

import org.jspecify.annotations.NullMarked;
