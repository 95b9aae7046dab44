/// Files in the data directory that the operator names in the configuration, beside the store.
@NullMarked
package org.posthorn.storage.files;

import org.jspecify.annotations.NullMarked;
