"""The critic, measured: known defects are put into good compositions, and it is counted what passes."""
