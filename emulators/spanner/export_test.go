package spanner

// StartOn starts an emulator whose data are on a file system of a test.
var StartOn = startOn
