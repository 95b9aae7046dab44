/// Reads `posthorn.yaml` and what the command line sets into one tree, and maps the tree onto
/// records. Knows no module's records: whoever asks says which.
@NullMarked
package org.posthorn.app.config;

import org.jspecify.annotations.NullMarked;
