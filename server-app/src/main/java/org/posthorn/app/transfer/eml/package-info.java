/// Files with one message each, in folders or in a zip, with a manifest where the export is ours.
@NullMarked
package org.posthorn.app.transfer.eml;

import org.jspecify.annotations.NullMarked;
