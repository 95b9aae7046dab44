/// What every mailet and matcher promises, as tests that a plugin's own tests inherit, and
/// stand-ins for the server to run them on.
@NullMarked
package org.posthorn.mailet;

import org.jspecify.annotations.NullMarked;
